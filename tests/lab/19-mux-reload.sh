#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2317 # check() calls the functions
# 19-mux-reload.sh -- a reload of HAProxy that hangs, and another certificate of the API
#
# In namespaces of its own: envmux, HAProxy as its unit runs it, nginx as all members.
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
      skip "a reload of HAProxy that hangs" "$program is not installed (make deps)"
      exit 0
    fi
  done
  exec unshare --net --pid --mount --fork --kill-child --mount-proc "$0" inside
fi
trap 'exit 143' TERM INT HUP
PATH=$PATH:/usr/sbin

domain=test-envs.example.internal api=https://127.0.0.1:8443/mgmt/tm
mount -t tmpfs -o size=64m,mode=755 work /mnt
work=/mnt
cd "$work" || exit 1
ip link set lo up
mkdir sockets nginx

# certificate NAME SUBJECT: NAME.crt and NAME.key, for the environments and for the API
certificate() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$2" \
    -addext "subjectAltName=DNS:*.$domain,IP:127.0.0.1" -keyout "$1.key" -out "$1.crt" 2>/dev/null
}
certificate front front
certificate api first
cat front.crt front.key >front.pem
cat api.crt front.crt >trusted
cat >envmux.conf <<CONF
[Api]
Listen=127.0.0.1:8443
Certificate=$work/api.crt
Key=$work/api.key
[Front]
Listen=127.0.0.1:8444
Plain=no
BaseDomain=$domain
Certificate=$work/front.pem
[Store]
Dir=$work/state
[Haproxy]
SocketDir=$work/sockets
Slots=64
MaxConnections=500
[User admin]
Hash=$(openssl passwd -6 -salt reload admin)
Role=admin
CONF
# shellcheck disable=SC2016 # nginx's variable
nginx_conf "$work/nginx" 256 'served by $server_addr' >nginx.conf
nginx -c "$work/nginx.conf" &>nginx.log &
"$BUILD/envmux" --config envmux.conf >envmux.out 2>&1 &
until [[ -s state/haproxy/haproxy.cfg ]]; do sleep 0.05; done
haproxy -W -db -S "$work/sockets/master.sock" -f "$work/state/haproxy/haproxy.cfg" &>haproxy.out &
master=$!

ask() { curl -sS -m 30 --cacert trusted -o answer -w '%{http_code}' -u admin:admin "$@" 2>>curl.err; }
# visit N: what its service answers
visit() {
  curl -sS -m 10 --cacert trusted --connect-to "::127.0.0.1:8444" "https://www-$1.$domain:8444/" 2>&1
}
register() {
  ask "$api/auth/partition" -d "{\"name\":\"test-$1\"}" &&
    ask "$api/ltm/pool" -d "{\"name\":\"www-$1\",\"partition\":\"test-$1\",\"members\":[\"127.0.0.$1:9000\"]}"
}
answers_api() { [[ $(ask "$api/sys") == 200 ]]; }
check_soon "envmux and HAProxy serve" 20 answers_api
# A worker that is asked through envmux: routed is what was acknowledged.
connected() { grep -q "up 1" <<<"$(curl -s --cacert trusted -u admin:admin https://127.0.0.1:8443/metrics | sed -n 's/^envmux_haproxy_up /up /p')"; }
check_soon "... and know of each other" 20 connected
check_is "an environment registers" 200200 register 1
check_is "... and is routed when that is answered" "served by 127.0.0.1" visit 1

# ---- HAProxy's master hangs, and another certificate asks for a reload ----

kill -STOP "$master"
certificate front front
cat front.crt front.key >front.pem
cat api.crt front.crt >trusted.new
told() { grep -q "front.pem has changed" envmux.out; }
check_soon "a reload is asked of a HAProxy that hangs" 20 told
# The longest of some requests, in whole seconds; a reload is given up after ten.
longest() {
  local i most=0 took
  for ((i = 0; i < 40; i++)); do
    took=$(curl -sS -m 30 --cacert trusted -o /dev/null -w '%{time_total}' -u admin:admin "$api/auth/partition/test-1" 2>/dev/null)
    ((${took%%.*} > most)) && most=${took%%.*}
    sleep 0.02
  done
  echo "$most"
}
quick() { (($(longest) < 4)); }
check "... while the API answers" quick
check_is "... and what was routed is" "served by 127.0.0.1" visit 1
check_is "an environment that registers meanwhile is acknowledged" 200200 register 2
check_is "... and then it is routed, by the worker that there is" "served by 127.0.0.2" visit 2
kill -CONT "$master"
mv trusted.new trusted
served() {
  openssl s_client -connect 127.0.0.1:8444 -servername "www-1.$domain" </dev/null 2>/dev/null |
    openssl x509 -noout -fingerprint 2>/dev/null
}
renewed() { [[ $(served) == "$(openssl x509 -noout -fingerprint -in front.crt)" ]]; }
check_soon "when the master goes on the certificate is served" 60 renewed
check_is "... and both environments are" "served by 127.0.0.1 served by 127.0.0.2" \
  echo "$(visit 1)" "$(visit 2)"

# ---- another certificate of the API ----

subject() { openssl s_client -connect 127.0.0.1:8443 </dev/null 2>/dev/null | openssl x509 -noout -subject; }
request=$'GET /mgmt/tm/sys/version HTTP/1.1\r\nHost: api\r\nAuthorization: Basic YWRtaW46YWRtaW4=\r\n\r\n'
# A connection that is kept: its requests come from a pipe, its answers go to a file.
mkfifo requests
: >answers
openssl s_client -quiet -connect 127.0.0.1:8443 <requests >answers 2>/dev/null &
exec 5>requests
printf '%s' "$request" >&5
answered() { (($(grep -o 'HTTP/1.1 200' answers | wc -l) == $1)); }
check_soon "a connection to the API is kept open" 20 answered 1
check_is "its certificate is the first one" "subject=CN = first" subject
echo nonsense >api.crt
refused() { grep -q "keeps its former certificate" envmux.out; }
check_soon "one that is no certificate is refused" 20 refused
check_is "... and the former one served" "subject=CN = first" subject
certificate next second
mv next.key api.key
mv next.crt api.crt
second() { [[ $(subject) == "subject=CN = second" ]]; }
check_soon "another one is served to who connects" 20 second
printf '%s' "$request" >&5
check_soon "... and the connection that was kept goes on" 20 answered 2
exec 5>&-
check_is "... with the API behind both" 200 curl -sS -m 20 --cacert api.crt -o /dev/null -w '%{http_code}' \
  -u admin:admin "$api/auth/partition/test-2"
finish
