#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2317 # check() calls the functions
# 18-mux-kills.sh -- envmux and HAProxy killed again and again under load, and a disk that is full
#
# In namespaces of its own: envmux, HAProxy as its unit runs it, nginx as all members. While 30
# environments come and go, one of envmux, HAProxy's worker, its master, or all of them is killed.
#
#   KILLS=4   how often, 5 seconds each; the long run: KILLS=200
#
# Needs no lab.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/lab/lib.bash
. "$here/lib.bash"
# shellcheck source=tests/nginx.bash
. "$here/../nginx.bash"

if [[ ${1-} != inside ]]; then
  for program in haproxy nginx openssl curl jq; do
    if ! PATH=$PATH:/usr/sbin command -v "$program" >/dev/null; then
      skip "envmux and HAProxy killed under load" "$program is not installed (make deps)"
      exit 0
    fi
  done
  exec unshare --net --pid --mount --fork --kill-child --mount-proc "$0" inside
fi

# The first process of a namespace is deaf to what it has no trap for: a limit would end the others
# and leave us to tell of programs that nobody starts again.
trap 'exit 143' TERM INT HUP
PATH=$PATH:/usr/sbin

KEPT=30 kills=${KILLS:-4} domain=test-envs.example.internal api=http://127.0.0.1:8443/mgmt/tm
mount -t tmpfs -o size=512m,mode=755 work /mnt
work=/mnt
cd "$work" || exit 1
ip link set lo up
mkdir sockets nginx state
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
  -subj "/CN=$domain" -addext "subjectAltName=DNS:*.$domain" -keyout key -out crt 2>/dev/null
cat crt key >pem
cat >envmux.conf <<CONF
[Front]
Listen=127.0.0.1:8444
Plain=no
BaseDomain=$domain
Certificate=$work/pem
[Store]
Dir=$work/state
[Haproxy]
SocketDir=$work/sockets
Slots=256
MaxConnections=1000
[User admin]
Hash=$(openssl passwd -6 -salt kills admin)
Role=admin
CONF
# shellcheck disable=SC2016 # nginx's variable
nginx_conf "$work/nginx" 4096 'served by $server_addr' >nginx.conf
nginx -c "$work/nginx.conf" &>nginx.log &

# As a unit's Restart=always: run NAME COMMAND...; its pid is in NAME.pid.
run() {
  local name=$1
  shift
  until [[ -e $name.end ]]; do
    "$@" >>"$name.out" 2>&1 &
    echo $! >"$name.pid"
    wait $! 2>/dev/null
    sleep 0.05
  done
}
ask() { curl -sS -m 10 -o /dev/null -w '%{http_code}' -u admin:admin "$@" 2>/dev/null; }
answers_api() { [[ $(ask "$api/sys") == 200 ]]; }
# The network that environment N has its members in.
net_of() { echo "127.$((1 + $1 / 250)).$(($1 % 250))"; }

register() {
  local n=$1 net
  net=$(net_of "$n")
  [[ $(ask "$api/auth/partition" -d "{\"name\":\"test-$n\"}") == 200 ]] &&
    [[ $(ask "$api/ltm/pool" -d "{\"name\":\"www-$n\",\"partition\":\"test-$n\",\"members\":[\"$net.1:9000\",\"$net.2:9000\",\"$net.3:9000\"]}") == 200 ]]
}
# One comes, the oldest goes; what was acknowledged stands in "came", what is no more promised in
# "leaving", what is gone in "gone".
load() {
  local n=0 oldest
  until [[ -e load.end ]]; do
    n=$((n + 1))
    register $n && echo $n >>came
    oldest=$((n - KEPT))
    ((oldest > 0)) || continue
    echo $oldest >>leaving
    if [[ $(ask -X DELETE "$api/ltm/pool/~test-$oldest~www-$oldest") == 200 ]]; then
      echo $oldest >>gone
      for m in 1 2 3; do
        ask -X DELETE "$api/ltm/node/~test-$oldest~$(net_of $oldest).$m" >/dev/null
      done
      ask -X DELETE "$api/auth/partition/test-$oldest" >/dev/null
    fi
  done
}
promised() { grep -vxFf leaving came | tail -n $((KEPT + 5)); }
# visit N...: what each answers, "N BODY" a line
visit() {
  local n
  for n; do
    curl -s -m 5 --cacert crt --connect-to "::127.0.0.1:8444" -w '\n%{http_code}' \
      "https://www-$n.$domain:8444/" | tr '\n' ' ' | sed "s/^/$n /; s/\$/\n/"
  done
}
# Answers of another environment's members; a page of the balancer, or none, is not one.
wrong() {
  while read -r n served by from _; do
    [[ "$served $by" != "served by" || $from == "$(net_of "$n")".* ]] || echo "www-$n answered by $from"
  done
}
visitor() {
  until [[ -e load.end ]]; do
    # shellcheck disable=SC2046 # words
    visit $(shuf -n 5 came 2>/dev/null) | wrong >>mistaken
  done
}
unrouted() {
  local n
  # shellcheck disable=SC2046
  visit $(promised) | while read -r n served by from _; do
    [[ "$served $by" == "served by" && $from == "$(net_of "$n")".* ]] || grep -qx "$n" leaving || echo "www-$n: $served $by $from"
  done | head -n 3
}
half() {
  curl -s -m 10 -u admin:admin "$api/ltm/pool?expandSubcollections=true" |
    jq -r '.items[]? | select((.membersReference.items // []) | length != 3) | .name' | head -n 3
}
still_there() {
  local n
  # shellcheck disable=SC2046
  visit $(tail -n 5 gone) | grep -v ' 404 *$' | head -n 3
}
worker() { pgrep -P "$(cat haproxy.pid)" haproxy | sort -n | tail -n 1; }
strike() {
  case $(($1 % 4)) in
  0) kill -9 "$(cat envmux.pid)" ;;
  1) kill -9 "$(worker)" ;;
  2) kill -9 "$(cat haproxy.pid)" ;;
  3) kill -9 "$(cat envmux.pid)" "$(worker)" "$(cat haproxy.pid)" ;;
  esac 2>/dev/null
}
all_routed() {
  local lost
  lost=$(unrouted)
  echo "$lost"
  [[ -z $lost ]]
}

: >came
: >gone
: >mistaken
echo none >leaving
run envmux "$BUILD/envmux" --config envmux.conf &
until [[ -s state/haproxy/haproxy.cfg ]]; do sleep 0.05; done
run haproxy haproxy -W -db -S "$work/sockets/master.sock" -f "$work/state/haproxy/haproxy.cfg" &
check_soon "envmux and HAProxy serve" 20 answers_api
load &
loads=$!
visitor &
loads+=" $!"
enough() { (($(wc -l <came) >= KEPT)); }
check_soon "$KEPT environments are registered" 60 enough

bad=()
for ((k = 0; k < kills; k++)); do
  sleep "0.$((RANDOM % 3))$((RANDOM % 10))"
  strike $k
  soon 30 answers_api >/dev/null || bad+=("kill $k: envmux does not answer")
  # HAProxy follows envmux, which follows HAProxy: what was promised is there when both are.
  lost=$(soon 30 all_routed) || bad+=("kill $k: $lost")
  lost=$(half)
  [[ -z $lost ]] || bad+=("kill $k: half registered: $lost")
  ((${#bad[@]} == 0)) || break
done
check_is "$kills kills: envmux answers after each, all that was acknowledged is whole and routed" "" \
  printf '%s\n' "${bad[@]}"
echo "# $(wc -l <came) registrations, $(wc -l <gone) removals"
touch load.end
# shellcheck disable=SC2086 # words
wait $loads
check_is "... nobody was ever answered by another environment" "" head -n 3 mistaken
check_is "... what was removed is unknown" "" still_there
check_has "... and what is kept is whole" whole "$BUILD/envmux" check-state state

# ---- a full disk ----

dd if=/dev/zero of=ballast bs=64k 2>/dev/null
dd if=/dev/zero of=ballast2 bs=512 2>/dev/null
# What fits into the last page is kept; then no more does.
for n in {60000..60020}; do
  code=$(ask "$api/auth/partition" -d "{\"name\":\"test-$n\",\"description\":\"$(printf '%01000d' 0)\"}")
  [[ $code == 200 ]] || break
done
check_is "full disk: a change is refused" 503 echo "$code"
check_is "... nothing of it is there" 404 ask "$api/auth/partition/test-$n"
check_is "... what is registered is routed on" "" unrouted
rm -f ballast ballast2
check_soon "with room again it is taken" 10 register "$n"
check_has "... and what is kept is whole" whole "$BUILD/envmux" check-state state
touch envmux.end haproxy.end
finish
