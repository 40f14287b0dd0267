#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# envmux.sh BUILD -- from the commit of a registration to the first routed request
#
# envmux and HAProxy as two processes, as their units run them, and nginx for all members, in a
# network namespace: nothing else is on that loopback. Needs root.
#
#   BENCH_ENVS=100        environments registered one after the other, 4 pools of 3 members each
#   BENCH_BEFORE="30 3000"  how many are there already, a run each
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tests/nginx.bash
. tests/nginx.bash

build=$(realpath "${1:?usage: tests/bench/envmux.sh BUILD}")
envs=${BENCH_ENVS:-100}
[ -x "$build/envmux" ] || { echo "bench: no $build/envmux; next: make all" >&2; exit 2; }
for tool in haproxy nginx openssl pkg-config; do
  PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null ||
    { echo "bench: $tool is missing; next: make deps" >&2; exit 2; }
done
if [ "$(id -u)" -ne 0 ] || ! unshare --net true 2>/dev/null; then
  echo "bench: envmux skipped: namespaces need root"
  exit 0
fi

if [ -z "${ENVMUX_BENCH_INSIDE:-}" ]; then
  mkdir -p "$build/bench"
  # shellcheck disable=SC2046 # words
  "${CC:-cc}" -O2 -D_GNU_SOURCE -Wall -Wextra -Wno-unused-parameter -o "$build/bench/envmux" \
    tests/bench/envmux.c tests/bench/envmux-reads.c $(pkg-config --cflags --libs libcurl) -pthread
  for before in ${BENCH_BEFORE:-30 3000}; do
    ENVMUX_BENCH_INSIDE=$before unshare --net --pid --fork --kill-child --mount-proc "$0" "$build"
  done
  exit 0
fi
before=$ENVMUX_BENCH_INSIDE slots=$(((ENVMUX_BENCH_INSIDE + envs) * 6))

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
domain=test-envs.example.internal
chmod 755 "$work"
ip link set lo up

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
  -subj "/CN=$domain" -addext "subjectAltName=DNS:$domain,DNS:*.$domain" \
  -keyout "$work/key" -out "$work/crt" 2>/dev/null
cat "$work/crt" "$work/key" >"$work/pem"
mkdir "$work/sockets" "$work/nginx"
cat >"$work/envmux.conf" <<CONF
[Front]
Listen=127.0.0.1:8444
Plain=no
BaseDomain=$domain
Certificate=$work/pem
[Store]
Dir=$work/state
[Haproxy]
SocketDir=$work/sockets
Slots=$((slots < 1024 ? 1024 : slots))
MaxConnections=1000
[User admin]
Hash=$(openssl passwd -6 admin)
Role=admin
CONF
nginx_conf "$work/nginx" 4096 ok >"$work/nginx.conf"

nginx -c "$work/nginx.conf" &>"$work/nginx.log" &
"$build/envmux" --config "$work/envmux.conf" >"$work/mux.out" 2>"$work/mux.log" &
mux=$!
until grep -q '^ready ' "$work/mux.out"; do
  kill -0 $mux 2>/dev/null || { cat "$work/mux.log" >&2; exit 1; }
  sleep 0.05
done
haproxy -W -db -S "$work/sockets/master.sock" -f "$work/state/haproxy/haproxy.cfg" &>"$work/haproxy.log" &
until [ -S "$work/sockets/stats.sock" ] && [ -S "$work/sockets/master.sock" ]; do
  kill -0 $! 2>/dev/null || { cat "$work/haproxy.log" >&2; exit 1; }
  sleep 0.05
done
sleep 1 # envmux finds it

"$build/bench/envmux" http://127.0.0.1:8443 8444 "$work/crt" "$domain" 9000 \
  "$work/sockets/stats.sock" "$before" "$envs" >"$work/figures"
sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB/most=\1/p' /proc/$mux/status >>"$work/figures"
sed -n 's/^Pss:[[:space:]]*\([0-9]*\) kB/pss=\1/p' /proc/$mux/smaps_rollup >>"$work/figures"
awk -F= -v before="$before" '
{ figure[$1] = $2 }
function row(what, value, most) {
  printf "%-52s %10s %10s   %s\n", what, value, most, \
    most == "" ? "" : value + 0 <= most + 0 ? "ok" : "MISSED"
}
END {
  printf "\nenvmux: %d registrations of 4 pools with 3 members each beside %d others, HAProxy over TLS\n", \
    figure["registrations"], before
  printf "%-52s %10s %10s\n", "figure", "here", "at most"
  row("commit to first routed request, median, ms", figure["routed_median"], 3)
  row("commit to first routed request, 99th of 100, ms", figure["routed_p99"], "")
  row("  of it the commit itself, median, ms", figure["commit_median"], "")
  row("a client without a connection: TLS and a request, ms", figure["request_median"], "")
  row("requests asked in vain before it is routed", figure["retries"], 0)
  row("reloads of HAProxy on the way", figure["reloads"], 0)
  row("an object is read by, 99th of 100, ms", figure["read_p99"], "")
  row("  while metrics and overview are asked every second", figure["beside_p99"], 10)
  row("  and at most", figure["beside_longest"], "")
  row("  metrics or overview are there after at most, ms", figure["scrape_longest"], "")
  row("  of " figure["scrapes"] " of them failed", figure["scrapes_failed"], 0)
  row("memory of envmux, Pss, MB", sprintf("%.1f", figure["pss"] / 1024), 60)
  row("  and at most, resident, MB", sprintf("%.1f", figure["most"] / 1024), "")
  row("HTTP requests of one registration", figure["requests"], "")
}' "$work/figures"
