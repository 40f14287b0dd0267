#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2317 # check() calls the functions
# 13-mux-churn.sh -- environments come and go while others are visited without a pause and by people
#
# Some are driven by wrk, some by clients that keep their connection and think between two requests:
# each answer must come, and from a member of the environment that was asked for.
#
#   CHURN=15   environments that come and go; the long run: CHURN=200
#
# Needs no lab.
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"
# shellcheck source=tests/lab/mux.bash
source "$(dirname "$0")/mux.bash"

if ! command -v wrk >/dev/null; then
  skip "environments come and go under load" "wrk is not installed (make deps)"
  exit 0
fi
churn=${CHURN:-15}
MUX_SLOTS=256
mux_inside "environments come and go under load" "$@"
mux_up

DRIVEN=2 VISITED=6 PRESENT=6
net_of() { echo "127.$((1 + $1 / 250)).$(($1 % 250))"; }
register() {
  local net
  net=$(net_of "$1")
  partition "$1"
  pool www "$1" ",\"members\":[\"$net.1:8081\",\"$net.2:8081\",\"$net.3:8081\"]"
}
remove() {
  local m
  api_code DELETE "/tm/ltm/pool/~test-$1~www-$1" >/dev/null
  for m in 1 2 3; do api_code DELETE "/tm/ltm/node/~test-$1~$(net_of "$1").$m" >/dev/null; done
  [[ $(api_code DELETE "/tm/auth/partition/test-$1") == 200 ]]
}
for ((n = 1; n <= DRIVEN + VISITED; n++)); do register $n; done

cat >count.lua <<'LUA'
local threads = {}
function setup(thread)
  thread:set("wrong", 0)
  table.insert(threads, thread)
end
function init(args)
  expected = "served by " .. args[1] .. "."
end
function response(status, headers, body)
  if body:sub(1, #expected) ~= expected then wrong = wrong + 1 end
end
function done(summary)
  local e, wrong = summary.errors, 0
  for _, thread in ipairs(threads) do wrong = wrong + thread:get("wrong") end
  print(string.format("COUNT %d %d %d", summary.requests, e.connect + e.read + e.write + e.timeout + e.status, wrong))
end
LUA
# wrk ends by itself or is told to: SIGINT, and it says what it counted.
drive() {
  wrk -t1 -c4 -d600s --timeout 20s -s count.lua -H "Host: www-$1.$DOMAIN" https://127.0.0.1/ -- \
    "$(net_of "$1")" >"driven-$1" 2>&1 &
  drivers+=($!)
}
# A line a request: STATUS NEW-CONNECTIONS BODY
think() {
  until [[ -e end ]]; do
    curl -sS -m 600 --rate 20/s --cacert ca.crt --resolve '*:443:127.0.0.1' -w ' %{http_code} %{num_connects}\n' \
      "https://www-$1.$DOMAIN/[1-40]" 2>/dev/null | sed 'N; s/\n/ /' >>"thought-$1"
  done
}
worker=$(worker_pid)
drivers=() thinkers=()
for ((n = 1; n <= DRIVEN; n++)); do drive $n; done
for ((; n <= DRIVEN + VISITED; n++)); do
  think $n &
  thinkers+=($!)
done
# Each is visited as soon as it is registered, and as soon as it is gone.
lost=() stays=()
for ((n = 1000; n < 1000 + churn; n++)); do
  register $n
  got=$(visit "www-$n" 2>&1)
  [[ $got == "served by $(net_of $n)."* ]] || lost+=("www-$n at first: ${got:0:80}")
  old=$((n - PRESENT))
  ((old >= 1000)) || continue
  remove $old || lost+=("www-$old is not removed")
  got=$(visit "www-$old" -o /dev/null -w '%{http_code}' 2>&1)
  [[ $got == 404 ]] || stays+=("www-$old: $got")
done
for ((n = churn > PRESENT ? 1000 + churn - PRESENT : 1000; n < 1000 + churn; n++)); do remove $n || lost+=("www-$n is not removed"); done
touch end
kill -INT "${drivers[@]}"
wait "${drivers[@]}" "${thinkers[@]}"

# What wrk counted, over all: REQUESTS LOST WRONG
driven() { awk '/^COUNT/ { for (i = 2; i <= 4; i++) n[i] += $i } END { print n[2] + 0, n[3] + 0, n[4] + 0 }' driven-*; }
# What the others did: REQUESTS LOST WRONG CLOSED; the first of 40 opens the connection
thought() {
  local n
  for ((n = DRIVEN + 1; n <= DRIVEN + VISITED; n++)); do
    awk -v want="$(net_of $n)." '
      $1 != "served" || $4 != 200 { lost++; next }
      index($3, want) != 1 { wrong++ }
      { opened += $5 }
      END { print NR, lost + 0, wrong + 0, opened - int((NR + 39) / 40) }' "thought-$n"
  done | awk '{ for (i = 1; i <= 4; i++) n[i] += $i } END { print n[1], n[2], n[3], n[4] }'
}
read -r requests failed wrong < <(driven)
check_is "$churn environments came: each was routed when it was registered" "" printf '%s\n' "${lost[@]}"
check_is "... and $churn went: each was unknown when it was removed" "" printf '%s\n' "${stays[@]}"
check "... while others were visited without a pause" test "$requests" -gt 100
check_is "... of whose requests none was lost and none answered by another environment" "0 0" echo "$failed $wrong"
echo "# $requests requests of wrk"
read -r requests failed wrong closed < <(thought)
check "... and by clients that think between two requests" test "$requests" -ge $((VISITED * 20))
check_is "... of whose requests none was lost and none answered by another environment" "0 0" echo "$failed $wrong"
check_is "... and none of their connections was closed" 0 echo "$closed"
check_is "... without a reload" "$worker" worker_pid
echo "# $requests requests of clients that think"
finish
