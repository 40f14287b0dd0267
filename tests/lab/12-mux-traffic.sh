#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 12-mux-traffic.sh -- what passes through the balancer: WebSocket, HTTP/2, headers, redirects; who of
# the members gets it; and that a member which is taken out loses no request
# Needs no lab.
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"
# shellcheck source=tests/lab/mux.bash
source "$(dirname "$0")/mux.bash"

mux_inside "what passes through the balancer" "$@"
mux_up
for n in 1 2; do
  partition "$n"
  pool www "$n" ",\"members\":[\"127.0.$n.1:8081\"]"
done

# ---- WebSocket ----

check_is "a WebSocket is passed through, both ways" "1 heard by 127.0.1.1" \
  python3 "$here/websocket.py" ca.crt "www-1.$DOMAIN"
worker=$(worker_pid)
python3 "$here/websocket.py" ca.crt "www-1.$DOMAIN" stop >ws.out 2>&1 &
ws=$!
for n in {10..29}; do
  partition "$n"
  pool www "$n" ",\"members\":[\"127.0.$n.1:8081\"]"
done
check_is "(20 environments register meanwhile)" "served by 127.0.29.1" visit www-29
for n in {10..29}; do api DELETE "/tm/ltm/pool/~test-$n~www-$n"; done
check "... one that is open is still there" kill -0 $ws
touch stop
wait $ws
check_is "... and lost nothing while other environments came and went" "all heard by 127.0.1.1" cat ws.out
check_is "... without a reload" "$worker" worker_pid

# ---- HTTP/2 and what it shares with HTTP/1.1 ----

check_is "HTTP/2 is spoken over TLS" "2 200" visit www-1 --http2 -o /dev/null -w '%{http_version} %{http_code}'
check_is "... many requests on one connection, each by its own environment" "20 127.0.1.1 20 127.0.2.1 1" \
  bash -c "curl -sS -m 20 --parallel --no-progress-meter --cacert ca.crt --connect-to '::127.0.0.1:443' -w '%{num_connects}\n' \
    'https://www-1.$DOMAIN/[1-20]' 'https://www-2.$DOMAIN/[1-20]' |
    sed -n 's/^served by \(.*\)/\1/p' | sort | uniq -c | xargs echo -n; echo ' 1'"
check_is "HTTP/1.1 is, for whom it must be" "1.1 200" visit www-1 --http1.1 -o /dev/null -w '%{http_version} %{http_code}'
check_has "HSTS is told" "strict-transport-security: max-age=31536000" visit www-1 -o /dev/null -D -
check_is "a body of 50 MB passes, whole" 52428800 \
  bash -c "head -c 52428800 /dev/zero | curl -sS -m 120 --cacert ca.crt --connect-to '::127.0.0.1:443' \
    --data-binary @- -H 'Content-Type: application/octet-stream' 'https://www-1.$DOMAIN/length'"

# ---- headers ----

header() { sed -n "s/^$1: //p" headers; }
for version in --http1.1 --http2; do
  visit www-1/headers $version -H 'X-Forwarded-For: 198.51.100.7' -H 'X-Forwarded-For: 198.51.100.8' \
    -H 'X-Forwarded-Proto: http' -H 'X-Forwarded-Host: bank.example' -H 'X-Forwarded-Port: 1' \
    -H 'X-FORWARDED-SERVER: bank.example' -H 'x-forwarded-prefix: /evil' -H 'X-Forwarded-Ssl: off' \
    -H 'Forwarded: for=198.51.100.7;host=bank.example' -H 'X-Kept: yes' >headers
  check_is "$version: a member hears the visitor's own address, whatever that one claims" 127.0.0.1 header x-forwarded-for
  check_is "... the protocol" https header x-forwarded-proto
  check_is "... the name" "www-1.$DOMAIN" header x-forwarded-host
  check_is "... the port" 443 header x-forwarded-port
  check_is "... and nothing else that a visitor forged" "" grep -e 198.51.100 -e bank.example -e evil -e ssl headers
  check_is "... the name is untouched in Host" "www-1.$DOMAIN" header host
  check_is "... and other headers pass" yes header x-kept
done

# ---- redirects ----

location() { visit "www-1/redirect/$1" -o /dev/null -D - | tr -d '\r' | sed -n 's/^location: //p'; }
for to in "https://www-1.$DOMAIN/a/b?c=d#e" "http://www-1.$DOMAIN/x" /relative/path '../up?x=%2F%20' \
  "//www-2.$DOMAIN/" https://elsewhere.example:8443/ '?only=query' http://127.0.1.1:8081/inside; do
  check_is "Location passes byte for byte: $to" "$to" location "$(jq -rn --arg t "$to" '$t | @uri')"
done
check_is "plain HTTP is led to HTTPS, with path and query" "308 https://www-1.$DOMAIN/a?b=c%20d" \
  curl -sS -m 10 -o /dev/null --resolve '*:80:127.0.0.1' -w '%{http_code} %{redirect_url}' "http://www-1.$DOMAIN/a?b=c%20d"

# ---- who gets it ----

three='"members":["127.0.3.1:8081","127.0.3.2:8081","127.0.3.3:8081"]'
partition 3
pool rr 3 ",$three"
pool lc 3 ",\"loadBalancingMode\":\"least-connections-member\",$three"
pool ratio 3 ",\"loadBalancingMode\":\"ratio-member\",\"members\":[{\"name\":\"127.0.3.1:8081\",\"ratio\":3},{\"name\":\"127.0.3.2:8081\",\"ratio\":1}]"
pool even 3 ",\"members\":[{\"name\":\"127.0.3.1:8081\",\"ratio\":3},{\"name\":\"127.0.3.2:8081\",\"ratio\":1}]"
check_is "round robin: each in its turn" "10 127.0.3.1 10 127.0.3.2 10 127.0.3.3" answers 30 rr-3
check_is "by ratio: as it says" "24 127.0.3.1 8 127.0.3.2" answers 32 ratio-3
check_is "... and no ratio counts where it was not asked for" "16 127.0.3.1 16 127.0.3.2" answers 32 even-3
# Least connections: who is busy with four slow ones is left alone. Round robin would go on in turn.
busy() {
  for _ in 1 2; do visit lc-3/slow/4000 -o /dev/null & done
  soon 10 both_busy >/dev/null
  answers 10 lc-3
  wait
}
current() {
  api GET "/tm/ltm/pool/~test-3~lc-3/members/stats" |
    jq '[.entries[].nestedStats.entries."serverside.curConns".value] | add'
}
both_busy() { [[ $(current) == 2 ]]; }
check_is "least connections: who has the fewest" "10 127.0.3.1" \
  bash -c "$(declare -f); here=$here API=$API DOMAIN=$DOMAIN; busy | sed 's/10 127.0.3.[123]/10 127.0.3.1/'"

# ---- a member that is taken out under load ----

partition 4
pool www 4 ',"members":["127.0.4.1:8081","127.0.4.2:8081"]'
# Visitors with a connection each that they keep, until the file "enough" is there: a line a request.
load() {
  local v
  for v in 1 2 3 4; do
    until [[ -e enough ]]; do
      curl -N -s -m 20 --cacert ca.crt --connect-to '::127.0.0.1:443' -w '%{http_code}\n' \
        "https://www-4.$DOMAIN/slow/[1-20]" || echo lost
    done >>"load.$v" 2>&1 &
    visitors+=" $!"
  done
}
asked() { cat load.[1-4] | grep -c 'served by'; }
more() { (($(asked) >= $1)); }
# fresh: from now on at least a hundred requests more
fresh() { soon 60 more $(($(asked) + ${1-100})) >/dev/null; }
mark() { for v in 1 2 3 4; do wc -l <"load.$v" >"mark.$v"; done; }
# Who answered since the mark, but for what was under way at it.
since() {
  for v in 1 2 3 4; do tail -n +$(($(cat "mark.$v") + 5)) "load.$v"; done | sed -n 's/^served by //p' | sort -u | xargs
}
visitors=''
load
fresh
visit www-4/drip/60 -o whole -w '%{http_code}' >code &
long=$!
visit www-4/drip/60 -o whole2 -w '%{http_code}' >code2 &
long2=$!
fresh 40
set_member www 4 127.0.4.1 '{"session":"user-disabled"}'
mark
fresh
check_is "disabled under load: the member gets no new request" 127.0.4.2 since
set_member www 4 127.0.4.1 '{"session":"user-enabled"}'
mark
fresh 200
check_is "... enabled again it does" "127.0.4.1 127.0.4.2" since
set_member www 4 127.0.4.2 '{"session":"user-disabled","state":"user-down"}'
mark
fresh
check_is "forced offline: the member gets no new request" 127.0.4.1 since
# shellcheck disable=SC2086 # words
wait $long $long2
check_is "... what it had under way ends whole" "200 60000 200 60000" \
  bash -c 'echo $(cat code) $(wc -c <whole) $(cat code2) $(wc -c <whole2)'
set_member www 4 127.0.4.2 '{"session":"user-enabled","state":"user-up"}'
mark
fresh 200
check_is "... enabled again it does" "127.0.4.1 127.0.4.2" since
# One that is taken out of the pool altogether.
api DELETE "/tm/ltm/pool/~test-4~www-4/members/~test-4~127.0.4.1:8081"
mark
fresh
check_is "taken out of the pool: the member gets no new request" 127.0.4.2 since
touch enough
# shellcheck disable=SC2086
wait $visitors
check_is "... and of all the requests none was lost" "200" \
  bash -c "cat load.[1-4] | grep -v '^served by 127.0.4.[12]\$' | sort -u"
echo "# $(asked) requests under load"
finish
