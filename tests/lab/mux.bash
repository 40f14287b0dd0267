# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# mux.bash -- envmux, a HAProxy beside it as its unit has it, and members, in namespaces of their own
#
# For tests with "# Needs no lab". After lib.bash:
#
#   source mux.bash; mux_inside "what is tested" "$@"; mux_up
#
# Then envmux serves its API at $API and the environments at 127.0.0.1:443, and 8081 of every
# 127.x.y.z is a member that says at which address it was asked (member.py tells what else it can),
# and so is 8082, over TLS.
# The working directory is a fresh tmpfs that is gone afterwards, as every process is.
# shellcheck disable=SC2034,SC2154
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
API=http://127.0.0.1:8443/mgmt DOMAIN=test-envs.example.internal
PATH=$PATH:/usr/sbin

# mux_inside FACT ARG...: goes on in namespaces of its own, or says why FACT is not tested
mux_inside() {
  local fact=$1 program
  shift
  if [[ ${MUX_INSIDE-} != yes ]]; then
    for program in haproxy python3 openssl curl jq; do
      if ! command -v "$program" >/dev/null; then
        skip "$fact" "$program is not installed (make deps)"
        exit 0
      fi
    done
    MUX_INSIDE=yes exec unshare --net --pid --mount --fork --kill-child --mount-proc bash "$0" "$@"
  fi
  # The first process of a namespace is deaf to what it has no trap for.
  trap 'exit 143' TERM INT HUP
  mount -t tmpfs -o size=512m,mode=755 work /mnt
  cd /mnt || exit 1
  ip link set lo up
}

# mux_certificate NAME [DAYS [DOMAIN]]: NAME.crt, NAME.key and both in NAME.pem, signed by ca.crt
mux_certificate() {
  local name=$1 days=${2-10} domain=${3-$DOMAIN}
  [[ -e ca.crt ]] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 20 \
    -subj "/CN=test authority" -addext keyUsage=critical,keyCertSign -keyout ca.key -out ca.crt 2>/dev/null
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days "$days" -subj "/CN=$name" \
    -addext "subjectAltName=DNS:*.$domain,DNS:$domain" -addext basicConstraints=critical,CA:FALSE \
    -CA ca.crt -CAkey ca.key -keyout "$name.key" -out "$name.crt" 2>/dev/null
  cat "$name.crt" "$name.key" >"$name.pem"
}

# mux_conf: what envmux reads; settings of a test in MUX_DOMAINS, MUX_CERTIFICATE, MUX_SLOTS
mux_conf() {
  cat <<CONF
[Api]
Listen=127.0.0.1:8443
[Front]
Listen=127.0.0.1:443
Plain=127.0.0.1:80
BaseDomain=${MUX_DOMAINS:-$DOMAIN}
Certificate=${MUX_CERTIFICATE:-$PWD/front.pem}
[Store]
Dir=$PWD/state
[Haproxy]
SocketDir=$PWD/sockets
Slots=${MUX_SLOTS:-64}
MaxConnections=2000
[User admin]
Hash=$(openssl passwd -5 -salt lab admin)
Role=admin
CONF
}

mux_start_envmux() {
  "$BUILD/envmux" --config envmux.conf >>envmux.out 2>>envmux.log &
  MUX_PID=$!
}
mux_start_haproxy() {
  haproxy -W -db -S "$PWD/sockets/master.sock" -f "$PWD/state/haproxy/haproxy.cfg" &>>haproxy.log &
  HAPROXY_PID=$!
}
mux_routes_all() { [[ $(metric envmux_haproxy_up) == 1 ]]; }
# metric NAME: its value, NAME with its labels
metric() { curl -sS -m 10 -u admin:admin http://127.0.0.1:8443/metrics | sed -n "s/^$1 //p"; }

# mux_up: all of it runs, or the test ends here
mux_up() {
  mkdir -p sockets state
  [[ -e front.pem ]] || mux_certificate front
  mux_conf >envmux.conf
  python3 "$here/member.py" 8081 8082 front.pem &>members.log &
  MEMBERS_PID=$!
  mux_start_envmux
  soon 20 curl -sS -m 5 -o /dev/null http://127.0.0.1:8081/ >/dev/null
  soon 20 test -s state/haproxy/haproxy.cfg >/dev/null
  mux_start_haproxy
  if ! soon 30 mux_routes_all >/dev/null; then
    not_ok "envmux and HAProxy serve" "$(cat envmux.log haproxy.log)"
    finish
  fi
}

# api METHOD PATH [BODY]: the answer
api() { curl -sS -m 20 -u admin:admin -X "$1" "$API$2" ${3+-d "$3"}; }
# api_code METHOD PATH [BODY]: its status
api_code() { curl -sS -m 20 -o /dev/null -w '%{http_code}' -u admin:admin -X "$1" "$API$2" ${3+-d "$3"}; }
partition() { api POST /tm/auth/partition "{\"name\":\"test-$1\"}" >/dev/null; }
# pool SERVICE ID MORE: MORE are fields of the pool, with a comma in front of each
pool() { api POST /tm/ltm/pool "{\"name\":\"$1-$2\",\"partition\":\"test-$2\"$3}" >/dev/null; }
# member_states SERVICE ID: "127.0.1.1 up" a line
member_states() {
  api GET "/tm/ltm/pool/~test-$2~$1-$2/members" | jq -r '.items[] | (.name | sub(":.*"; "")) + " " + .state' | sort -V
}
set_member() { api PATCH "/tm/ltm/pool/~test-$2~$1-$2/members/~test-$2~$3:8081" "$4" >/dev/null; }
worker_pid() { pgrep -P "$HAPROXY_PID" haproxy | sort -n | tail -n 1; }

# runtime COMMAND: HAProxy's answer
runtime() {
  python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect("sockets/stats.sock")
s.sendall(sys.argv[1].encode() + b"\n")
while part := s.recv(65536):
    sys.stdout.buffer.write(part)' "$1"
}

# visit NAME[/PATH] [CURL-OPTION...]: NAME is below $DOMAIN
visit() {
  local name=${1%%/*} path=''
  [[ $1 != */* ]] || path=${1#*/}
  shift
  curl -sS -m 20 --cacert ca.crt --resolve '*:443:127.0.0.1' --resolve '*:80:127.0.0.1' "$@" \
    "https://$name.$DOMAIN/$path"
}
# says TEXT NAME CURL-OPTION...: for check_soon
says() {
  local text=$1 out
  shift
  out=$(visit "$@" 2>&1)
  [[ $out == *"$text"* ]] || { echo "$out"; return 1; }
}
# answers N NAME: who answered N requests, how often each: "5 127.0.1.1 5 127.0.1.2"
answers() {
  visit "$2/[1-$1]" | sed -n 's/^served by //p' | sort | uniq -c | xargs
}
