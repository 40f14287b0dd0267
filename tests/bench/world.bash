# world.bash -- the host, its gateway with skysim, and the state in which the agent finds it
# shellcheck shell=bash disable=SC2154
# (root, work, build, lower: from inside.sh)

mac=00:50:56:2a:10:21
gateway_pid=

in_gateway() { nsenter -t "$gateway_pid" -n "$@"; }

files_up() {
  mkdir -p "$work/up" "$work/wk" "$root"
  mount -t overlay overlay -o "lowerdir=$lower,upperdir=$work/up,workdir=$work/wk" "$root"
  mkdir -p "$root/opt/envagent" "$root/proc" "$root/sys" "$root/dev" "$root/run" "$root/tmp"
  mount -t proc proc "$root/proc"
  mount -t sysfs sys "$root/sys"
  mount --rbind /dev "$root/dev"
  mount -t tmpfs -o mode=755 run "$root/run"
  mount --bind "$build" "$root/opt/envagent"
  mount -o remount,bind,ro "$root/opt/envagent"
  grep -q '^envagent-fetch:' "$root/etc/passwd" ||
    echo 'envagent-fetch:x:64811:64811::/:/usr/sbin/nologin' >>"$root/etc/passwd"
  grep -q '^envagent-fetch:' "$root/etc/group" ||
    echo 'envagent-fetch:x:64811:' >>"$root/etc/group"
}

# The host's one address is its own NAT address: there is nobody else in this world.
world_json() {
  cat <<JSON
{ "environments": [
  { "id": "4100001", "name": "lb", "networks": [
    { "id": "7699901", "name": "lb-internal", "subnet": "10.40.0.0/24", "tunnelable": true } ] },
  { "id": "4190101", "name": "bench", "networks": [
    { "id": "7700101", "name": "cluster", "subnet": "10.60.0.0/24", "domain": "cluster.test",
      "nat": { "7699901": "10.60.0.0/24" } } ],
    "vms": [ { "id": "52101021", "name": "web-1", "user_data": "roles: web\n",
      "interfaces": [ { "mac": "$mac", "ip": "10.60.0.21" } ] } ] } ] }
JSON
}

network_up() {
  unshare --net sleep infinity &
  gateway_pid=$!
  until [ "$(readlink /proc/self/ns/net)" != "$(readlink "/proc/$gateway_pid/ns/net")" ]; do
    sleep 0.01
  done
  ip link set lo up
  ip link add eth0 address "$mac" type veth peer name gw0 netns "$gateway_pid"
  in_gateway ip link set lo up
  in_gateway ip link set gw0 up
  in_gateway ip addr add 10.60.0.254/24 dev gw0
  in_gateway ip addr add 10.60.0.10/24 dev gw0
  in_gateway ip addr add 169.254.169.254/32 dev gw0
  ip link set eth0 up
}

servers_up() {
  local i
  world_json >"$work/world.json"
  in_gateway "$build/skysim" --listen 169.254.169.254:80 --listen 127.0.0.1:8080 \
    --world "$work/world.json" --user bench --token bench-token >"$work/skysim.out" 2>"$work/skysim.log" &
  in_gateway dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --pid-file= \
    --user=root --listen-address=10.60.0.10 --bind-interfaces --no-daemon \
    --host-record=dns-1.cluster.test,10.60.0.10 --host-record=web-1.cluster.test,10.60.0.21 \
    >"$work/dnsmasq.log" 2>&1 &
  for ((i = 0; i < 500; i++)); do
    grep -qs '^ready' "$work/skysim.out" && return
    sleep 0.01
  done
  cat "$work/skysim.log" >&2
  return 1
}

# A machine has other processes that map the C library, and libsystemd; without any, PSS is RSS.
company_up() {
  local i
  for ((i = 0; i < 5; i++)); do chroot "$root" sleep infinity & done
  [ ! -x "$root/usr/bin/dbus-daemon" ] ||
    chroot "$root" dbus-daemon --session --nofork --nopidfile --address=unix:path=/run/bench-bus \
      >"$work/bus.log" 2>&1 &
}

world_up() {
  files_up
  company_up
  network_up
  servers_up
  configure 30
}

# The namespaces go with us, and all processes in them; the mounts go with the namespace.
world_down() { kill "$gateway_pid" 2>/dev/null || true; }

# configure INTERVAL: what is in the image, the same in every copy of it
configure() {
  local etc=$root/etc n
  mkdir -p "$etc/envagent/templates" "$etc/bench" "$etc/cloud/cloud.cfg.d"
  # The host has one who sets up its network, as our own advice is where both are installed.
  echo 'network: {config: disabled}' >"$etc/cloud/cloud.cfg.d/99-envagent-network.cfg"
  cat >"$etc/envagent/envagent.conf" <<CONF
[Agent]
Domain=cluster.test
BaseDomain=test-envs.example.internal

[System]
UnitCommand=/bin/true

[Metadata]
IntervalSec=$1

[Host dns-1]
Address=10.60.0.10
Mac=00:50:56:2a:10:10
Roles=dns leader

[Host web-1]
Address=10.60.0.21
Mac=$mac
Roles=web
CONF
  for n in 1 2 3; do
    printf '\n[Template t%s]\nSource=/etc/envagent/templates/t%s.erb\nTarget=/etc/bench/t%s.yml\n' \
      "$n" "$n" "$n" >>"$etc/envagent/envagent.conf"
    # shellcheck disable=SC2016
    printf 'env_id: "<%%= config_id %%>"\nweb_url: "https://www-<%%= config_id %%>.<%%= %s %%>/"\nhost: <%%= %s %%>\n' \
      base_domain fqdn >"$etc/envagent/templates/t$n.erb"
  done
}

# A host as DHCP left it, with nothing of ours.
reset_host() {
  rm -rf "$root/var/lib/envagent" "$root/run/envagent" "$root/etc/bench"
  mkdir -p "$root/etc/bench"
  rm -f "$root/etc/resolv.conf"
  echo 'nameserver 10.60.0.254' >"$root/etc/resolv.conf"
  echo template >"$root/etc/hostname"
  printf '127.0.0.1 localhost\n127.0.1.1 template\n' >"$root/etc/hosts"
  hostname template
  ip addr flush dev eth0
  ip addr add 10.60.0.21/24 dev eth0 valid_lft 3600 preferred_lft 3600
  ip route replace default via 10.60.0.254 dev eth0 proto dhcp
}

# How many metadata requests there were so far.
gets() {
  in_gateway curl -s http://127.0.0.1:8080/_skysim/log | sed -n 's/.*"GET \/skytap":\([0-9]*\).*/\1/p' |
    grep . || echo 0
}
