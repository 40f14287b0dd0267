#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 19-mux-hostile.sh -- half requests by the hundred, bodies of 50 MB, JSON without a bottom, names that
# would be commands, transactions without an end: answered clearly, nothing changed, others served
# Needs no lab.
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"
# shellcheck source=tests/lab/mux.bash
source "$(dirname "$0")/mux.bash"

mux_inside "hostile input changes nothing" "$@"
mux_up
partition 1
pool www 1 ',"members":["127.0.1.1:8081"]'
objects() {
  for kind in auth/partition ltm/node ltm/pool ltm/monitor/http ltm/monitor/tcp; do
    api GET "/tm/$kind" | jq -cS '[.items[]? | del(.generation)]'
  done
}
objects >before

# ---- half requests ----

cat >half.py <<'PYTHON'
import socket, sys, time
port, n, text = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].encode().decode("unicode_escape").encode()
all = []
for _ in range(n):
    s = socket.create_connection(("127.0.0.1", port), 20)
    s.sendall(text)
    all.append(s)
open(sys.argv[4], "w").close()
ended = 0
for s in all:
    s.settimeout(100)
    try:
        while s.recv(4096):
            pass
    except ConnectionError:
        pass
    ended += 1
print(ended)
PYTHON
python3 half.py 443 300 'half a hello' tls.there >tls.half 2>&1 &
halves=$!
python3 half.py 80 300 'GET / HTTP/1.1\r\nHost: x\r\nX-Never: ' plain.there >plain.half 2>&1 &
halves+=" $!"
there() { [[ -e tls.there && -e plain.there ]]; }
check_soon "(600 half requests are at the front)" 30 there
check_is "... others are served meanwhile" "20 127.0.1.1" answers 20 www-1

# ---- the API ----

code_of() { curl -sS -m 100 -o answer -w '%{http_code}' -u admin:admin "$@" "$API/tm/ltm/pool"; }
said() { jq -er .message answer >/dev/null && jq .code answer; }
head -c 52428800 /dev/zero | tr '\0' ' ' >big
check_is "a body of 50 MB is refused" "413 413" echo "$(code_of --data-binary @big) $(said)"
check_is "... that is sent without a question, too" "413 413" \
  echo "$(code_of --data-binary @big -H 'Expect:') $(said)"
check_is "... as is one of unknown length" "413 413" \
  echo "$(code_of --data-binary @big -H 'Transfer-Encoding: chunked' -H 'Expect:') $(said)"
printf '{"name":%s1%s}' "$(printf '%0100000d' 0 | tr 0 '[')" "$(printf '%0100000d' 0 | tr 0 ']')" >deep
check_is "JSON a hundred thousand levels deep is refused" "400 400" echo "$(code_of --data-binary @deep) $(said)"
refused=''
while read -r name; do
  [[ $(code_of -d "{\"name\":$name,\"partition\":\"test-1\"}") == 400 && $(said) == 400 ]] || refused+=" $name"
done <<'NAMES'
"a;shutdown sessions"
"a\nquit"
"a b"
"a\u0000b"
"../../etc/passwd"
"a\"b"
"www-1 p0"
NAMES
check_is "names that would be commands are refused" "" echo "$refused"
transactions() {
  for _ in $(seq "$1"); do echo 'url = "http://127.0.0.1:8443/mgmt/tm/transaction"'; done |
    curl -sS -m 100 -u admin:admin -d '{}' -H 'Content-Type: application/json' -K - -w '\n%{http_code}\n' >opened; }
transactions 1000
check_is "a thousand transactions are opened, or refused clearly" "" \
  grep -Ev '^(200|400|429|503|\{.*\}|)$' opened
id=$(head -n 1 opened | jq .transId)
curl -sS -m 20 -o /dev/null -u admin:admin -H "X-F5-REST-Coordination-Id: $id" -d '{"name":"half-1","partition":"test-1"}' "$API/tm/ltm/pool"
check "... and half a one changes nothing" test "$(api_code GET /tm/ltm/pool/~test-1~half-1)" == 404
check_is "nothing has changed by all that" "" bash -c "$(declare -f objects api); API=$API; objects | diff before -"
check_is "... and requests are served" "20 127.0.1.1" answers 20 www-1
# shellcheck disable=SC2086 # words
wait $halves
check_is "half requests are ended by the front, every one" "300 300" echo "$(cat tls.half) $(cat plain.half)"
check_has "(envmux is the same process)" "" kill -0 "$MUX_PID"
finish
