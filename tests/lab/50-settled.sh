#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 50-settled.sh -- a pass over an unchanged world plans nothing and writes nothing
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

need_agents

# What happens to files below /etc, /var/lib and /srv of a host while two passes and some identity
# checks run.
events_during_passes() {
  sh_on "$1" "before() { ${2-:}; }"'
    inotifywait -m -q -r -o /tmp/events --format "%e %w%f" \
      -e modify,create,delete,move,attrib,close_write /etc /var/lib &
    watch=$!
    until inotifywait -q -t 1 -e open /etc/hostname >/dev/null & sleep 0.2; cat /etc/hostname >/dev/null; wait $!; do :; done
    before
    agentctl apply >/dev/null && agentctl apply >/dev/null
    sleep 5
    kill $watch
    cat /tmp/events; rm /tmp/events'
}

# The system calls of the supervisor and its children during the same, that change a file or
# force one to disk; the agent's own runtime folder does not count. A file for each process (-ff): in a
# common one a call that another process interrupts is two lines, and neither says all.
calls_during_passes() {
  sh_on "$1" "before() { ${2-:}; }"'
    pid=$(cat /run/lab/envagent.service.pid)
    strace -ff -q -y -p "$pid" -o /tmp/calls -e trace=openat,openat2,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,symlinkat,linkat,truncate,ftruncate,fchmod,fchmodat,fchown,fchownat,fsync,fdatasync,syncfs,sync,sethostname &
    trace=$!
    sleep 0.5
    before
    agentctl apply >/dev/null && agentctl apply >/dev/null
    sleep 3
    kill $trace; wait $trace 2>/dev/null
    cat /tmp/calls.*; rm /tmp/calls.*'
}

for host in 1/dns-1 2/web-1; do
  check_is "$host plans nothing" "" \
    sh_on "$host" 'agentctl plan --json | jq -r "select(.event.kind == \"change\") | .event.reason"'
  check_has "$host says so" "nothing to do" on "$host" agentctl plan
  check_is "$host: two passes touch no file in /etc and /var/lib" "" events_during_passes "$host"
  calls=$(calls_during_passes "$host")
  check "$host: (the calls were seen)" grep -q openat <<<"$calls"
  check_is "$host: two passes force nothing to disk" "" grep -E 'f(data)?sync|syncfs|sync\(' <<<"$calls"
  check_is "$host: ... write, rename, unlink no file outside /run" "" \
    sh -c "grep -E 'O_WRONLY|O_RDWR|O_CREAT|rename|unlink|mkdir|symlink|truncate|chmod|chown|sethostname' |
      grep -vE '</?(proc|run|dev)/|\"/?(proc|run|dev)/|memfd|= -1 '" <<<"$calls"
  check_is "$host: the last pass made no change" 0 \
    sh_on "$host" 'agentctl status --json | jq .pass.changes'
done

# The counter-proof: with work to do, both ways of looking see it.
check_has "control: a pass with work to do is seen by its files" "MOVED_TO /etc/motd" \
  events_during_passes 2/web-1 "rm /etc/motd"
check_has "control: ... and by its calls" fsync calls_during_passes 2/web-1 "rm /etc/motd"
finish
