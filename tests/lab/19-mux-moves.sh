#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2034,SC2317
# 19-mux-moves.sh -- HAProxy reads new files again and again, services get other checks and all of their
# members are replaced, on a machine that has no time: no request is lost
#
#   MOVES=8   how often; the long run: MOVES=100
#
# Needs no lab.
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"
# shellcheck source=tests/lab/mux.bash
source "$(dirname "$0")/mux.bash"

mux_inside "no request is lost when HAProxy reads new files" "$@"
moves=${MOVES:-8}
mux_up
partition 1
# A check of its own: HAProxy needs new files for it. Its members are given time.
monitor() {
  api_code POST /tm/ltm/monitor/http \
    "{\"name\":\"m$1\",\"partition\":\"test-1\",\"interval\":20,\"timeout\":61,\"send\":\"GET /health?$1 HTTP/1.0\\\\r\\\\n\"}"
}
change() { api_code PATCH "/tm/ltm/pool/~test-1~$1-1" "$2"; }
pool moved 1 ',"members":["127.0.1.1:8081","127.0.1.2:8081","127.0.1.3:8081"]'
pool replaced 1 ',"members":["127.0.2.99:8081","127.0.3.99:8081"]'
pool still 1 ',"members":["127.0.4.1:8081"]'

# A line a request: what was answered, its status
visitors=''
for service in moved replaced still; do
  until [[ -e enough ]]; do
    visit "$service-1/[1-40]" -w '%{http_code}\n'
  done >"kept.$service" 2>&1 &
  visitors+=" $!"
  until [[ -e enough ]]; do
    visit "$service-1/[1-20]" --http1.1 -H 'Connection: close' -w '%{http_code}\n'
  done >"new.$service" 2>&1 &
  visitors+=" $!"
done
burners=''
for _ in 1 2; do
  timeout 200 sh -c 'while :; do :; done' &
  burners+=" $!"
done

refused=''
newer() { [[ $(worker_pid) != "$worker" ]]; }
for ((n = 1; n <= moves; n++)); do
  worker=$(worker_pid)
  said="$(monitor "$n") $(change moved "{\"monitor\":\"/test-1/m$n\"}")"
  said+=" $(change replaced "{\"members\":[\"127.0.2.$n:8081\",\"127.0.3.$n:8081\"]}")"
  [[ $said == "200 200 200" ]] || refused+=" $said"
  soon 60 newer >/dev/null || refused+=" $n: no new files"
  soon 60 mux_routes_all >/dev/null || refused+=" $n: not all is routed"
done
check_is "$moves times a service gets another check, and another one other members" "" echo "$refused"
# And each is served where its check is: the former backend is free again.
backends() { runtime "show servers state" | awk '$5 ~ /^127[.]0[.]1[.]/ { print $5 }' | sort | xargs; }
settled() { [[ $(backends) == "127.0.1.1 127.0.1.2 127.0.1.3" ]] || { backends; return 1; }; }
check_soon "... and of where it was before nothing is left" 120 settled
touch enough
# shellcheck disable=SC2086 # words
wait $visitors
# shellcheck disable=SC2086
kill $burners 2>/dev/null
requests=$(cat kept.* new.* | grep -c '^200$')
check "... while they are visited without a pause, on connections that are kept and on new ones" \
  test "$requests" -ge $((moves * 20))
check_is "... of whose requests none is lost" "" \
  bash -c 'cat kept.* new.* | grep -v -e "^200$" -e "^served by 127[.]0[.][1-4][.]" | sort | uniq -c | head'
check_is "... and none is answered by another service" "" \
  bash -c 'grep -h "^served" kept.moved new.moved | grep -v 127.0.1.; grep -h "^served" kept.still new.still | grep -v 127.0.4.;
    grep -h "^served" kept.replaced new.replaced | grep -v -e 127.0.2. -e 127.0.3.'
echo "# $requests requests"

# ---- a second one at the same port ----

sed "s|$PWD/sockets/stats.sock|$PWD/second.sock|" state/haproxy/haproxy.cfg >second.cfg
check_not "a second HAProxy at the same port does not start" timeout 60 haproxy -db -f second.cfg
check_has "... and says why" "cannot bind socket" timeout 60 haproxy -db -f second.cfg
check_is "... and the first one serves" "20 127.0.4.1" answers 20 still-1
kill -9 "$(worker_pid)"
wait "$HAPROXY_PID"
mux_start_haproxy
check_soon "one that starts again after a crash has the port" 60 says "served by 127.0.4.1" still-1
check_soon "... and is known" 60 mux_routes_all
finish
