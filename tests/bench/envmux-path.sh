#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# envmux-path.sh BUILD -- requests a second through envmux' HAProxy, against one configured by hand
#
# The same program on the same machine: one has its routes from envmux, at run time; the other has
# them in its file, with the backends named like the hosts, and else the same lines. Both are driven
# by wrk over TLS, in turns. Then environments come and go while others are driven. Needs root.
#
#   BENCH_PAIRS=15    how often each is driven
#   BENCH_SECONDS=2   how long, each time
#   BENCH_CHURN=200   environments that come and go
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

if [[ ${MUX_INSIDE-} != yes ]]; then
  BUILD=$(realpath "${1:?usage: tests/bench/envmux-path.sh BUILD}")
  export BUILD
  for tool in wrk nginx haproxy python3 openssl curl jq; do
    PATH=$PATH:/usr/sbin command -v $tool >/dev/null ||
      { echo "bench: $tool is missing; next: make deps" >&2; exit 2; }
  done
  if [ "$(id -u)" -ne 0 ] || ! unshare --net true 2>/dev/null; then
    echo "bench: the way through envmux' HAProxy skipped: namespaces need root"
    exit 0
  fi
fi
root=$PWD
# shellcheck source=tests/lab/lib.bash
source tests/lab/lib.bash
# shellcheck source=tests/lab/mux.bash
source tests/lab/mux.bash
MUX_SLOTS=2048 OTHERS=300
mux_inside "the way through envmux' HAProxy" "$@"
mux_up

mkdir nginx
cat >nginx.conf <<CONF
daemon off; worker_processes 1; pid $PWD/nginx/pid; error_log /dev/null;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000;
  client_body_temp_path $PWD/nginx/b; proxy_temp_path $PWD/nginx/p;
  fastcgi_temp_path $PWD/nginx/f; uwsgi_temp_path $PWD/nginx/u; scgi_temp_path $PWD/nginx/s;
  server { listen 9000; location / { return 200 "ok\n"; } }
}
CONF
nginx -c "$PWD/nginx.conf" &>nginx.log &

# All on one connection: a partition and four pools of three members each.
register() {
  local id=$1 s m members url="url = \"$API/tm" body
  printf '%s/auth/partition"\ndata = "{\\"name\\":\\"test-%s\\"}"\n' "$url" "$id"
  for s in 0 1 2 3; do
    members=
    for m in 1 2 3; do
      members+="${members:+,}\\\"127.$((1 + id / 250)).$((id % 250)).$((s * 3 + m)):9000\\\""
    done
    body="{\\\"name\\\":\\\"s$s-$id\\\",\\\"partition\\\":\\\"test-$id\\\",\\\"members\\\":[$members]}"
    printf 'next\n%s/ltm/pool"\ndata = "%s"\n' "$url" "$body"
  done
}
for ((id = 1; id <= OTHERS; id++)); do
  ((id == 1)) || echo next
  register "$id"
done | sed "s/^url/user = \"admin:admin\"\noutput = \"\/dev\/null\"\nwrite-out = \"%{http_code}\\\\n\"\nsilent\n&/" |
  curl -K - | sort | uniq -c | sed 's/^/bench: environments registered: /' >&2

cfg=state/haproxy/haproxy.cfg
rendered() { grep -qs "^s3-$OTHERS p" "$(sed -n 's/.*map_str(\(.*\))/\1/p' "$cfg")"; }
soon 30 rendered >/dev/null || { echo "bench: $cfg does not have all routes" >&2; exit 1; }

# ---- by hand ----

map=$(sed -n 's/.*map_str(\(.*\))/\1/p' "$cfg")
awk 'NR == FNR { label[$2] = $1; next }
  /^backend p[0-9]+$/ { skip = !($2 in label); if (!skip) print "backend " label[$2]; next }
  /^[^\t]/ { skip = 0 }
  !skip' "$map" "$cfg" |
  sed -e 's/,map_str([^)]*)//' -e 's/bind 127.0.0.1:/&1/' -e 's/stats\.sock/hand.sock/' >hand.cfg
front() { sed -n '/^frontend front$/,/^$/p' "$1" | grep -v '	bind '; }
echo "bench: frontend of envmux (<) and by hand (>):"
diff <(front "$cfg") <(front hand.cfg)
only=$(diff <(front "$cfg") <(front hand.cfg) | grep -c '^[<>]')
# Two of their own start on the same footing.
haproxy -W -db -f hand.cfg &>hand.log &
answers_hand() { [[ $(curl -sk -m 5 -o /dev/null -w '%{http_code}' -H "Host: s1-2.$DOMAIN" https://127.0.0.1:1443/) == 200 ]]; }
soon 20 answers_hand >/dev/null || { cat hand.log >&2; exit 1; }

# drive PORT: requests a second; nothing but answers of members counts
drive() {
  wrk -t1 -c32 "-d${BENCH_SECONDS:-2}s" -H "Host: s1-2.$DOMAIN" "https://127.0.0.1:$1/" >wrk.out 2>&1
  if grep -q 'Non-2xx\|Socket errors' wrk.out; then
    grep 'Non-2xx\|Socket errors' wrk.out >>bad
  fi
  sed -n 's/^Requests\/sec: *//p' wrk.out
}
: >bad
drive 443 >/dev/null
drive 1443 >/dev/null
for ((i = 0; i < ${BENCH_PAIRS:-15}; i++)); do
  if ((i % 2)); then
    ours=$(drive 443)
    theirs=$(drive 1443)
  else
    theirs=$(drive 1443)
    ours=$(drive 443)
  fi
  echo "$ours $theirs"
done >pairs
median() { sort -n | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
ratio=$(awk '{ printf "%.3f\n", $1 / $2 }' pairs | median)
row() { printf '%-60s %10s %10s   %s\n' "$1" "$2" "$3" "$4"; }
ok_if() { if (($1)); then echo ok; else echo MISSED; fi; }
printf '\nthe way through HAProxy: wrk over TLS, 32 connections, %s routes, median of %s pairs\n' "$((OTHERS * 4))" "${BENCH_PAIRS:-15}"
row figure here goal ''
row "routes of envmux, requests a second" "$(awk '{ print $1 }' pairs | median)" - ''
row "configured by hand, requests a second" "$(awk '{ print $2 }' pairs | median)" - ''
row "ratio, the median of all pairs" "$ratio" '>= 0.90' "$(ok_if "$(awk -v r="$ratio" 'BEGIN { print (r >= 0.9) }')")"
row "lines of the frontend that differ: the look into the map" "$((only / 2))" 1 "$(ok_if $((only == 2)))"
row "runs with an answer that was none of a member's" "$(wc -l <bad)" 0 "$(ok_if $(($(wc -l <bad) == 0)))"

echo
env -u MUX_INSIDE CHURN="${BENCH_CHURN:-200}" "$root/tests/lab/13-mux-churn.sh"
