# leader.bash -- what a pass costs on the leader: envagent-leader against a real envmux over HTTPS
# shellcheck shell=bash disable=SC2154
# (root, work, build, runs, figure: from inside.sh and the files it sources)
# shellcheck disable=SC2034 # the figures are read by the one who sources this

mux_password=bench-password
mux_log=$work/envmux.log

mux_certificates() {
  local dir=$1 key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2)
  openssl req -x509 "${key[@]}" -subj '/CN=bench CA' -addext keyUsage=critical,keyCertSign \
    -keyout "$dir/ca.key" -out "$dir/ca.crt" 2>/dev/null
  openssl req -x509 "${key[@]}" -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
    -addext basicConstraints=critical,CA:FALSE -CA "$dir/ca.crt" -CAkey "$dir/ca.key" \
    -keyout "$dir/api.key" -out "$dir/api.crt" 2>/dev/null
  cat "$dir/api.crt" "$dir/api.key" >"$dir/front.pem"
  chmod 600 "$dir"/*.key "$dir/front.pem"
}

mux_config() {
  cat <<CONF
[Api]
Listen=127.0.0.1:8443
Certificate=$1/api.crt
Key=$1/api.key

[Front]
Listen=127.0.0.1:8444
Plain=127.0.0.1:8445
BaseDomain=test-envs.example.internal
Certificate=$1/front.pem

[Store]
Dir=$1/state

[Haproxy]
SocketDir=$1/run
Slots=16

[User agents]
Hash=$(openssl passwd -6 "$mux_password")
Role=registrar
CONF
}

wait_for() {
  local i
  for ((i = 0; i < 500; i++)); do
    "$@" && return
    sleep 0.02
  done
  return 1
}

mux_up() {
  local dir=$work/mux
  command -v haproxy >/dev/null || { echo 'haproxy is missing; next: make deps' >"$mux_log"; return 1; }
  mkdir -m 755 "$dir" "$dir/state" "$dir/run"
  mux_certificates "$dir"
  mux_config "$dir" >"$dir/envmux.conf"
  chmod 600 "$dir/envmux.conf"
  "$build/envmux" --config "$dir/envmux.conf" --verbose >"$mux_log" 2>&1 &
  wait_for test -e "$dir/state/haproxy/haproxy.cfg" || return
  haproxy -W -db -S "$dir/run/master.sock,mode,600" -f "$dir/state/haproxy/haproxy.cfg" \
    >"$work/haproxy.log" 2>&1 &
  wait_for grep -qs '^ready' "$mux_log"
}

leader_configure() {
  configure 30
  sed -i 's/^Roles=web$/Roles=web leader/; s/^Roles=dns leader$/Roles=dns/' \
    "$root/etc/envagent/envagent.conf"
  cat >>"$root/etc/envagent/envagent.conf" <<'CONF'

[Mux]
Url=https://127.0.0.1:8443
CaFile=/etc/envagent/mux-ca.crt
Network=7699901
ExternalAddress=127.0.0.1

[Platform]
Url=http://169.254.169.254

[Credential envagent.mux]
File=/etc/envagent/mux.credential

[Credential envagent.platform]
File=/etc/envagent/platform.credential

[Service www]
Hosts=web-1
Port=8080
Monitor=none
CONF
  cp "$work/mux/ca.crt" "$root/etc/envagent/mux-ca.crt"
  printf 'agents:%s\n' "$mux_password" >"$root/etc/envagent/mux.credential"
  echo bench:bench-token >"$root/etc/envagent/platform.credential"
  chmod 600 "$root"/etc/envagent/*.credential
  grep -q '^envagent-leader:' "$root/etc/passwd" ||
    echo 'envagent-leader:x:64812:64812::/:/usr/sbin/nologin' >>"$root/etc/passwd"
  install -d -m 700 -o 64812 -g 64812 "$root/var/lib/envagent-leader"
}

mux_requests() { grep -c '/mgmt/' "$mux_log" || true; }

# The module's word in the status.
balancer_state() {
  sed -n 's/.*"name": *"balancer", *"state": *"\([a-z]*\)".*/\1/p' "$root/run/envagent/status.json"
}

leader() {
  say "passes of the leader"
  local i n before t0 state
  if ! mux_up; then
    say "no leader's pass: envmux does not serve: $(tail -n 1 "$mux_log")"
    return
  fi
  ip link set lo up
  leader_configure
  reset_host
  before=$(mux_requests)
  daemon_start
  figure[leader_first_requests]=$(($(mux_requests) - before))
  chroot "$root" /opt/envagent/agentctl apply >"$work/apply.out" 2>&1 || true
  state=$(balancer_state)
  if [ "$state" != ready ]; then
    say "no leader's pass: the balancer is ${state:-not there}: $(tail -n 1 "$work/envagentd.log")"
    daemon_stop
    return
  fi
  n=$((runs * 4))
  before=$(mux_requests) t0=$(cpu_ticks "$daemon_pid")
  for ((i = 0; i < n; i++)); do
    chroot "$root" /opt/envagent/agentctl apply >"$work/apply.out" 2>&1 || true
  done
  figure[leader_ms]=$(awk -v t=$(($(cpu_ticks "$daemon_pid") - t0)) -v hz="$(getconf CLK_TCK)" -v n="$n" \
    'BEGIN { printf "%.1f", t * 1000 / hz / n }')
  figure[leader_requests]=$(awk -v r=$(($(mux_requests) - before)) -v n="$n" 'BEGIN { printf "%.1f", r / n }')
  daemon_stop
}
