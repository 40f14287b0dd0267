#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 13-mux-monitors.sh -- the monitors of a pool are the checks of its members: http, https, tcp, with what
# they send and expect; and none
# Needs no lab.
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"
# shellcheck source=tests/lab/mux.bash
source "$(dirname "$0")/mux.bash"

mux_inside "monitors are the checks of members" "$@"
mux_up
partition 1
pool www 1 ',"members":["127.0.1.1:8081"]'
until [[ -e enough ]]; do
  visit "www-1/[1-20]" -o /dev/null -w '%{http_code}\n' || echo lost
done >visits 2>&1 &
visitor=$!

partition 2
# monitor TYPE NAME MORE
monitor() {
  api_code POST "/tm/ltm/monitor/$1" "{\"name\":\"$2\",\"partition\":\"test-2\",\"interval\":1,\"timeout\":3$3}"
}
# checked NAME ADDRESS:PORT: the pool NAME-2 has that member and the monitor NAME
checked() { pool "$1" 2 ",\"monitor\":\"/test-2/$1\",\"members\":[\"$2\"]"; }
# Its last check went through to the end of the rules.
succeeded() { runtime "show stat -1 4 -1" | grep ",$1," | grep -q ,L7OK,; }
# A member that is there and one that is not, or that does not say the right thing.
is() { [[ $(member_states "$1" 2) == "$2" ]] || { member_states "$1" 2; return 1; }; }
health() {
  echo "$2" >"health.new"
  mv health.new "health-$1"
}

check_is "monitors of all kinds are taken" "200 200 200 200 200 200 200 200" echo \
  "$(monitor http status ',"send":"GET /health HTTP/1.1\\r\\nHost: x.test\\r\\n"')" \
  "$(monitor http text ',"send":"GET /health HTTP/1.0\\r\\n","recv":"200 OK.*f[aeiou]ne|all well"')" \
  "$(monitor http reverse ',"send":"GET /health HTTP/1.0\\r\\n","recv":"in maintenance","reverse":"enabled"')" \
  "$(monitor https tls ',"send":"GET /health HTTP/1.0\\r\\n","recv":"fine"')" \
  "$(monitor tcp raw ',"send":"GET /health HTTP/1.0\\r\\n\\r\\n","recv":"^HTTP/1\\.[01] 200"')" \
  "$(monitor tcp connect '')" \
  "$(monitor tcp port ',"destination":"*:8082"')" \
  "$(monitor http patient ',"timeout":600,"send":"GET /health HTTP/1.0\\r\\n"')"
checked status 127.0.2.1:8081
checked text 127.0.2.2:8081
checked reverse 127.0.2.3:8081
checked tls 127.0.2.4:8082
checked raw 127.0.2.5:8081
checked connect 127.0.2.6:8081
checked port 127.0.2.7:9 # its port is closed, the monitor's is not
checked patient 127.0.2.8:8081
api PATCH /tm/ltm/pool/~test-2~tls-2 '{"members":["127.0.2.4:8082","127.0.2.14:8081"]}' >/dev/null
api PATCH /tm/ltm/pool/~test-2~connect-2 '{"members":["127.0.2.6:8081","127.0.2.16:9"]}' >/dev/null
pool none 2 ',"members":["127.0.2.9:9"]'

check_soon "http: up by a status of 200" 30 is status "127.0.2.1 up"
check_soon "http with recv: up by what it says" 30 is text "127.0.2.2 up"
check_soon "http with recv, reversed: up by what it does not say" 30 is reverse "127.0.2.3 up"
check_soon "https: up over TLS, down where none is spoken" 30 is tls "127.0.2.4 up
127.0.2.14 down"
check_soon "tcp with send and recv: up by what comes back" 30 is raw "127.0.2.5 up"
check_soon "tcp: up by a connection, down without" 30 is connect "127.0.2.6 up
127.0.2.16 down"
check_soon "a monitor with a port of its own asks there" 30 is port "127.0.2.7 up"
check_is "... a member that is down gets no request" "20 127.0.2.6" answers 20 connect-2
# Only after a first success does a member have all of its time.
check_soon "(the check with a long timeout has succeeded)" 30 succeeded 127.0.2.8:8081
health 127.0.2.1 "503 closed"
health 127.0.2.2 "200 broken"
health 127.0.2.3 "200 in maintenance"
health 127.0.2.4 "200 broken"
health 127.0.2.5 "500 broken"
health 127.0.2.8 "500 broken"
check_soon "http: down by a status of 503" 30 is status "127.0.2.1 down"
check_soon "... and its page says so" 30 says "no member of status-2 answers" status-2 -H 'Accept: text/plain'
check_soon "http with recv: down by what it says" 30 is text "127.0.2.2 down"
check_soon "http with recv, reversed: down by what it says" 30 is reverse "127.0.2.3 down"
check_soon "https with recv: down by what it says" 30 is tls "127.0.2.4 down
127.0.2.14 down"
check_soon "tcp with send and recv: down by what comes back" 30 is raw "127.0.2.5 down"
health 127.0.2.1 "302 elsewhere"
health 127.0.2.2 "200 all well"
health 127.0.2.3 "200 open"
check_soon "http: up again by a status of 302" 30 is status "127.0.2.1 up"
check_soon "http with recv: up again by what it says" 30 is text "127.0.2.2 up"
check_soon "http with recv, reversed: up again by what it says" 30 is reverse "127.0.2.3 up"
check_is "a timeout of ten minutes: a member that fails is still given its time" "127.0.2.8 up" member_states patient 2
check_is "no monitor: a member is taken at its word" "127.0.2.9 unchecked" member_states none 2

# ---- what would break the checks of all ----

check_is "strings that HAProxy cannot be given are taken, but for a line in two" "200 400 200 200" echo \
  "$(monitor http bad1 ',"send":"GET /health HTTP/1.0\\r\\n","recv":"(unbalanced"')" \
  "$(monitor tcp no ',"send":"a\nquit"')" \
  "$(monitor tcp bad2 ',"send":"a\\nquit\\\" '"'"' ; # $HOME \\x","recv":"*"')" \
  "$(monitor http good ",\"send\":\"GET /health HTTP/1.0\\\\r\\\\n\",\"recv\":\"[;#'] \$|fine\"")"
checked bad1 127.0.2.21:8081
checked bad2 127.0.2.22:8081
checked good 127.0.2.23:8081
check_soon "... of one that it can be given every sign counts" 30 is good "127.0.2.23 up"
check_soon "... of those that it cannot, members are checked by connecting" 30 is bad1 "127.0.2.21 up"
check_has "... and that is told" "Monitor /test-2/bad1: HAProxy cannot send or expect what it says" cat envmux.log
check_soon "... and all goes on" 30 mux_routes_all
touch enough
wait $visitor
check_is "... and of one who visits meanwhile no request is lost" "" grep -v '^200$' visits
echo "# $(wc -l <visits) visits"
finish
