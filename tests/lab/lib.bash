# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# lib.bash -- what the lab tests share: running things on hosts, and saying what came out
#
# A test prints one line a fact, "ok - FACT", "not ok - FACT" (with what was seen, indented) or
# "skip - FACT: REASON"; tests/run-lab.sh counts them. It is run with LAB (the lab program),
# LAB_STATE (a lab with 2 environments of 3 hosts, leases of LAB_LEASE seconds, booted without the
# agent) and BUILD in its environment.
set -uo pipefail

HOSTS=(1/dns-1 1/web-1 1/web-2 2/dns-1 2/web-1 2/web-2)
FAILED=0

lab() { "$LAB" --state "$LAB_STATE" "$@"; }

# on HOST CMD...
on() {
  local host=$1
  shift
  lab sh "$host" -- "$@"
}

# sh_on HOST SCRIPT: the same with a line of shell
sh_on() { on "$1" bash -c "$2"; }

ok() { echo "ok - $1"; }

not_ok() {
  echo "not ok - $1"
  [[ -z ${2-} ]] || echo "$2" | sed 's/^/    /' | head -n 40
  FAILED=1
}

skip() { echo "skip - $1: $2"; }

# check FACT CMD...: the command succeeds
check() {
  local fact=$1 out
  shift
  if out=$("$@" 2>&1); then
    ok "$fact"
  else
    not_ok "$fact" "$* failed:"$'\n'"$out"
  fi
}

# check_not FACT CMD...: the command fails
check_not() {
  local fact=$1 out
  shift
  if out=$("$@" 2>&1); then
    not_ok "$fact" "$* succeeded:"$'\n'"$out"
  else
    ok "$fact"
  fi
}

# check_is FACT WANTED CMD...: the command's output is that
check_is() {
  local fact=$1 want=$2 out
  shift 2
  out=$("$@" 2>&1)
  if [[ $out == "$want" ]]; then
    ok "$fact"
  else
    not_ok "$fact" "$(diff --label expected --label seen -U 1 <(echo "$want") <(echo "$out"))"
  fi
}

# check_has FACT TEXT CMD...: the command's output contains the text
check_has() {
  local fact=$1 want=$2 out
  shift 2
  out=$("$@" 2>&1)
  if [[ $out == *"$want"* ]]; then
    ok "$fact"
  else
    not_ok "$fact" "expected in it: $want"$'\n'"seen: $out"
  fi
}

# check_soon FACT SECONDS CMD...: the command succeeds within that time
check_soon() {
  local fact=$1 limit=$2 out
  shift 2
  if out=$(soon "$limit" "$@"); then
    ok "$fact"
  else
    not_ok "$fact" "$* still failed after $limit s:"$'\n'"$out"
  fi
}

# soon SECONDS CMD...: tries until it succeeds; prints what the last try printed
soon() {
  local limit=$1 out end
  shift
  end=$((SECONDS + limit))
  until out=$("$@" 2>&1); do
    if ((SECONDS >= end)); then
      echo "$out"
      return 1
    fi
    sleep 0.1
  done
  echo "$out"
}

finish() { exit "$FAILED"; }

env_id() { echo $((4190100 + ${1%%/*})); }

# has HOST COMMAND TEXT: for check_soon
has() { [[ $(sh_on "$1" "$2" 2>&1) == *"$3"* ]] || { sh_on "$1" "$2"; return 1; }; }

ready() { on "$1" agentctl status >/dev/null 2>&1; }

wait_ready() { on "$1" agentctl wait --timeout "${2-30s}"; }

# kill_hard HOST PID...: with SIGKILL; returns when nothing is left of them, so that what is seen of
# their unit from then on is of the next process
kill_hard() {
  local host=$1
  shift
  # shellcheck disable=SC2016
  on "$host" bash -c 'kill -KILL "$@"
    for ((i = 0; i < 600; i++)); do kill -0 "$@" 2>/dev/null || exit 0; sleep 0.05; done; exit 1' kill "$@"
}

# main_pid HOST UNIT
main_pid() { on "$1" cat "/run/lab/$2.service.pid"; }

# none CMD...: for check_soon; says what the command says, and fails if that is anything
none() {
  local out
  out=$("$@" 2>&1)
  [[ -z $out ]] || { echo "$out" && return 1; }
}

# ---- the balancer ----

# shellcheck disable=SC2034 # the scripts use it
BASE_DOMAIN=test-envs.example.internal

# fetch HOST URL [CURL-OPTION...]: the body, the status and the last address; no other certificate
# authority than the lab's is trusted
fetch() {
  local host=$1 url=$2 ca=/etc/envagent/mux-ca.crt
  shift 2
  [[ $host != user ]] || ca=/etc/lab/ca.crt
  on "$host" curl -sS -m 5 --cacert "$ca" -w '%{http_code} %{url_effective}\n' "$@" "$url"
}

# What the balancer's API was asked since line LINE of its log (mux_mark), by environment N's leader:
# a line a request, "POST /mgmt/tm/auth/partition 200"
mux_mark() { sh_on mux 'wc -l </var/log/envmux.service.log'; }
mux_asked() {
  sh_on mux "tail -n +$(($2 + 1)) /var/log/envmux.service.log" |
    sed -n "s/^<7>\(.*\) from 10\.200\.$1\.[0-9]*\$/\1/p"
}
mux_writes() { mux_asked "$@" | grep -E '^(POST|PATCH|PUT|DELETE) /mgmt/tm/'; }

# mux_api PATH [CURL-OPTION...]: the API, as its operator asks
mux_api() {
  local path=$1
  shift
  on user curl -sS -m 5 --cacert /etc/lab/ca.crt -u admin:example-admin "$@" \
    "https://10.9.0.80:8443/mgmt/tm/$path"
}

# module_state HOST MODULE: its state and reason
module_state() {
  sh_on "$1" "agentctl status --json | jq -r '.modules[] | select(.name == \"$2\") | .state + \": \" + .reason'"
}

# All that identifies the files below DIR of a host: kind, mode, owner, content.
tree_of() {
  sh_on "$1" "cd $2 && find . -printf '%p %y %m %u %g %l\n' | sort && find . -type f -exec sha256sum {} + | sort -k 2"
}

# The agents run and are ready; before their first start each host's state is kept in /root/before,
# and the resolv.conf of 2/web-2 becomes a link, as some systems have it.
agents_up() {
  local host
  for host in "${HOSTS[@]}"; do
    if ! sh_on "$host" 'test -e /root/before'; then
      if [[ $host == 2/web-2 ]]; then
        sh_on "$host" 'mkdir /run/resolver; mv /etc/resolv.conf /run/resolver/stub.conf;
          ln -s ../run/resolver/stub.conf /etc/resolv.conf'
      fi
      sh_on "$host" 'cp -a /etc /root/before'
    fi
    on "$host" unitctl start envagent.service || return 1
  done
  for host in "${HOSTS[@]}"; do
    wait_ready "$host" || return 1
  done
}

need_agents() {
  local out
  if ! out=$(agents_up 2>&1); then
    not_ok "all agents become ready" "$out"
    finish
  fi
}
