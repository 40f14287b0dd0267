#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 95-gone.sh -- a lab that ends, or is killed, leaves nothing
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

mine=$(mktemp -d)
export LAB_STATE=$mine/lab

# How many namespaces of each kind the machine's processes are in, and what is mounted.
machine() {
  cat /proc/self/mounts
  ip -br link
  hostname
  ls /run/netns /var/run/netns 2>/dev/null
}

# The processes in a namespace that one of the lab's is in too.
in_namespaces() {
  local ns
  for ns in "$@"; do
    find /proc/[0-9]*/ns -maxdepth 1 -lname "$ns" 2>/dev/null
  done
}

namespaces() { find /proc/"$1"/ns -maxdepth 1 -lname '*:*' \( -name net -o -name mnt -o -name pid -o -name uts -o -name ipc \) -printf '%l\n' | sed 's/[][]/\\&/g'; }

nothing_left() {
  [[ -z $(in_namespaces "${spaces[@]}") ]] || { in_namespaces "${spaces[@]}"; return 1; }
}

before=$(machine)
for how in down "kill -9 of its root process" "kill -9 of the one above"; do
  check "(a lab comes up)" lab up --build "$BUILD" --envs 1 --hosts 2 --no-agent
  root=$(cut -d' ' -f1 "$LAB_STATE/pid")
  host=$(pgrep -P "$(pgrep -P "$root" -f 'hosts/e1-web-1' | head -n 1)" | head -n 1)
  check "(a process of a host is seen from outside)" test -n "$host"
  mapfile -t spaces < <(namespaces "$root"; namespaces "$host")
  check_not "(... and its namespaces)" nothing_left
  case $how in
  down) lab down ;;
  *root*) kill -KILL "$root" ;;
  *) kill -KILL "$(ps -o ppid= -p "$root" | tr -d ' ')" ;;
  esac
  check_soon "$how: no process and no namespace is left" 20 nothing_left
  check_not "$how: ... also not the root process" kill -0 "$root"
  check_is "$how: the machine's mounts, links and name are as before" "$before" machine
  if [[ $how == down ]]; then
    check_not "down: the lab's folder is gone" test -e "$LAB_STATE"
    check "down of what is not up is no error" lab down
  else
    check_has "$how: status says that no lab is up" "no lab is up" lab status
  fi
done
check "two labs may be up at once" lab up --build "$BUILD" --envs 1 --hosts 1 --no-agent
check_has "a second one in the same place is refused" "a lab is up in" lab up --build "$BUILD" --envs 1
lab down
rm -rf "$mine"
finish
