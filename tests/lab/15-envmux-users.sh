#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# 15-envmux-users.sh -- envmux and HAProxy as two users without rights, as their units run them
#
# In namespaces and a root of its own, an overlay of this machine's files: nothing of it is kept.
# The command lines are those of the units; the users are numbers, for no account is made.
# shellcheck disable=SC2317 # check() calls the functions
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# Needs no lab.
# shellcheck source=tests/lab/lib.bash
. "$here/lib.bash"

ROOT=$(cd "$here/../.." && pwd)

# root_up DIR: this machine's files at DIR, with places of its own for what changes; the tree and what
# was built are where everybody may look, wherever the checkout lies
root_up() {
  local dir=$1
  mount -t tmpfs -o mode=755 private "$dir"
  mkdir "$dir/up" "$dir/work" "$dir/root"
  mount -t overlay -o "lowerdir=/,upperdir=$dir/up,workdir=$dir/work" private "$dir/root"
  mount --rbind /dev "$dir/root/dev"
  mount -t proc proc "$dir/root/proc"
  mount -t tmpfs -o mode=755 private "$dir/root/run"
  mount -t tmpfs -o mode=1777 private "$dir/root/tmp"
  mkdir "$dir/root/run/tree" "$dir/root/run/build"
  mount --bind "$ROOT" "$dir/root/run/tree"
  mount --bind "$BUILD" "$dir/root/run/build"
}

case ${1-} in
'')
  for program in haproxy nginx openssl curl setpriv; do
    if ! PATH=$PATH:/usr/sbin command -v "$program" >/dev/null; then
      skip "envmux and HAProxy as users of their own" "$program is not installed (make deps)"
      exit 0
    fi
  done
  scratch=$(mktemp -d)
  trap 'rmdir "$scratch"' EXIT
  unshare --net --mount --pid --uts --ipc --fork --kill-child --propagation private \
    bash "$0" outside "$scratch"
  exit
  ;;
outside)
  root_up "$2"
  export BUILD=/run/build
  exec chroot "$2/root" bash "/run/tree/tests/lab/${0##*/}" inside
  ;;
esac

MUX=64821 PROXY=64822
API=http://127.0.0.1:8443/mgmt
DOMAIN=test-envs.example.internal

# What the units and the package make before they start anything.
places() {
  ip link set lo up
  mkdir -p /etc/envmux
  install -d -m 750 -o "$MUX" -g "$PROXY" /var/lib/envmux
  install -d -m 750 -o "$PROXY" -g "$PROXY" /run/envmux-haproxy
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
    -subj "/CN=$DOMAIN" -addext "subjectAltName=DNS:*.$DOMAIN" \
    -keyout /etc/envmux/key -out /etc/envmux/crt 2>/dev/null
  cat /etc/envmux/crt /etc/envmux/key >/etc/envmux/certificate.pem
  chown "$PROXY" /etc/envmux/certificate.pem
  chmod 400 /etc/envmux/certificate.pem
  rm /etc/envmux/key
  cat >/etc/envmux/envmux.conf <<CONF
[Front]
BaseDomain=$DOMAIN
[Haproxy]
Slots=64
MaxConnections=1000
[User boss]
Hash=$(openssl passwd -6 secret)
Role=admin
CONF
  chown "root:$MUX" /etc/envmux/envmux.conf
  chmod 640 /etc/envmux/envmux.conf
}

# unit_command NAME: ExecStart= of packaging/systemd/NAME.service
unit_command() {
  sed -n 's/^ExecStart=//p' "$ROOT/packaging/systemd/$1.service"
}

start_mux() {
  local command
  command=$(unit_command envmux)
  : >/run/mux.out
  # shellcheck disable=SC2086 # the unit's words
  (umask 027 && exec setpriv --reuid "$MUX" --regid "$PROXY" --groups "$MUX" --no-new-privs \
    --bounding-set -all --inh-caps -all "$BUILD/envmux" ${command#* }) >/run/mux.out 2>/run/mux.log &
  mux=$!
  for _ in {1..200}; do
    grep -q '^ready ' /run/mux.out && return
    sleep 0.05
  done
  return 1
}

# started FACT: here, not in a subshell, for its pid is wanted
started() {
  if start_mux; then
    ok "$1"
  else
    not_ok "$1" "$(cat /run/mux.log)"
  fi
}

start_proxy() {
  local command
  command=$(unit_command envmux-haproxy)
  # shellcheck disable=SC2086
  (umask 027 && exec setpriv --reuid "$PROXY" --regid "$PROXY" --clear-groups --no-new-privs \
    --bounding-set -all,+net_bind_service --inh-caps -all,+net_bind_service \
    --ambient-caps -all,+net_bind_service $command) >/run/proxy.log 2>&1 &
  proxy=$!
}

# api METHOD PATH [BODY]
api() {
  curl -sS -f -u boss:secret -X "$1" "$API$2" ${3+-d "$3"}
}

# front ID: status and text of www-ID
front() {
  curl -sS --max-time 5 --cacert /etc/envmux/crt --resolve "*:443:127.0.0.1" \
    -w ' %{http_code}' "https://www-$1.$DOMAIN/" 2>&1
}

# The status, and that it is this environment's own member who answers.
answers() {
  local answer
  answer=$(front "$1")
  if [[ $answer == *" $2" && ($2 != 200 || $answer == "member 127.0.0.$1"*) ]]; then
    return
  fi
  echo "$answer"
  return 1
}

# soon CMD...: within ten seconds
soon() {
  for _ in {1..200}; do
    "$@" && return
    sleep 0.05
  done
  return 1
}

register() {
  api POST /tm/auth/partition "{\"name\":\"test-$1\"}" >/dev/null &&
    api POST /tm/ltm/pool "{\"name\":\"www-$1\",\"partition\":\"test-$1\",\"members\":[\"127.0.0.$1:9000\"]}" >/dev/null
}

# One for all environments, on all of 127.0.0.0/8: it says at which address it was asked.
member() {
  mkdir -m 777 /tmp/member
  cat >/tmp/member/conf <<NGINX
daemon off; pid /tmp/member/pid; error_log /dev/null;
events { }
http {
  access_log off;
  client_body_temp_path /tmp/member/b; proxy_temp_path /tmp/member/p;
  fastcgi_temp_path /tmp/member/f; uwsgi_temp_path /tmp/member/u; scgi_temp_path /tmp/member/s;
  server { listen 9000; location / { return 200 "member \$server_addr\n"; } }
}
NGINX
  setpriv --reuid 65534 --regid 65534 --clear-groups nginx -c /tmp/member/conf &>/tmp/member/log &
}

others_see() { setpriv --reuid 65533 --regid 65533 --clear-groups test -r "$1"; }

places
member

started "envmux starts as a user without capabilities, before HAProxy"
check "it registers while HAProxy is away" register 11
sleep 0.5 # the files follow
start_proxy
check "HAProxy, as another user, serves what it missed" soon answers 11 200
check "a registration is routed when it is answered" register 12
check "its first request" answers 12 200
check "an unknown environment is told so" answers 13 404
check "port 80 leads to https" bash -c "curl -sS -o /dev/null -w '%{http_code} %{redirect_url}' \
  -H 'Host: www-11.$DOMAIN' 'http://127.0.0.1/a?b=c' | grep -qx '308 https://www-11.$DOMAIN/a?b=c'"

check "HAProxy holds no capability but one" bash -c \
  "awk '/^Cap(Prm|Eff|Bnd)/ { print \$2 }' /proc/$proxy/status | sort -u | grep -qx 0000000000000400"
check "envmux holds none" bash -c \
  "awk '/^Cap(Prm|Eff|Bnd)/ { print \$2 }' /proc/$mux/status | sort -u | grep -qx 0000000000000000"
for file in /var/lib/envmux/journal /var/lib/envmux/haproxy/haproxy.cfg /etc/envmux/envmux.conf \
  /etc/envmux/certificate.pem /run/envmux-haproxy/stats.sock; do
  check "$file is there" test -e "$file"
  check_not "nobody else reads $file" others_see "$file"
done
check_not "HAProxy's user does not read the journal" \
  setpriv --reuid "$PROXY" --regid "$PROXY" --clear-groups test -r /var/lib/envmux/journal
check_not "HAProxy's user does not alter its configuration" \
  setpriv --reuid "$PROXY" --regid "$PROXY" --clear-groups test -w /var/lib/envmux/haproxy/haproxy.cfg
check_not "envmux does not read the certificate's key" \
  setpriv --reuid "$MUX" --regid "$PROXY" --groups "$MUX" test -r /etc/envmux/certificate.pem

# The service manager's reload, as for a new certificate.
kill -USR2 "$proxy"
sleep 1
check "after a reload every environment is routed" bash -c \
  "$(declare -f front answers); DOMAIN=$DOMAIN; answers 11 200 && answers 12 200"
check "and the next registration too" register 14
check "its first request, after the reload" answers 14 200

kill -9 "$mux"
wait "$mux" 2>/dev/null
check "HAProxy goes on without envmux" answers 12 200
started "envmux starts again"
check "everything is routed" bash -c \
  "$(declare -f front answers); DOMAIN=$DOMAIN; answers 11 200 && answers 12 200 && answers 14 200"
check "new registrations are" register 15
check "at once" answers 15 200

kill -9 "$proxy"
wait "$proxy" 2>/dev/null
start_proxy
check "HAProxy, killed and started again, serves everything" soon answers 15 200
check "a registration after that" register 16
check "is routed at once" answers 16 200
if ((FAILED)); then
  sed 's/^/    envmux: /' /run/mux.log | tail -n 20
  sed 's/^/    haproxy: /' /run/proxy.log | tail -n 20
fi
kill "$mux" "$proxy"
exit "$FAILED"
