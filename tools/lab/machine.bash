# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# machine.bash -- hosts that are booted systems: Debian with systemd, in systemd-nspawn
#
# Each is an overlay of one image in the lab's memory; until it is booted, and after it was halted,
# its files are there to be looked at and changed.

# machine_make NAME KIND: its files, ready to boot
machine_make() {
  local dir=$HOSTS/$1 kind=$2
  mkdir "$dir" "$dir.up" "$dir.work"
  mount -t overlay -o "lowerdir=$LAB_IMAGE,upperdir=$dir.up,workdir=$dir.work" "$1" "$dir"
  : >"$dir.machine"
  cp -a --no-preserve=ownership "$LAB_HERE/template/machine-common/." "$dir/"
  if [[ $kind == env ]]; then
    cp -a --no-preserve=ownership "$LAB_HERE"/template/env/etc/{envagent,www,motd,platform.json} "$dir/etc/"
    # Here is a systemd, and who is no web server has no part of one.
    sed -i '/^\[System\]/,/^$/d' "$dir/etc/envagent/envagent.conf"
    [[ $1 == *-web-* ]] || rm "$dir/etc/envagent/envagent.conf.d/www.conf"
    install -m 644 "$WORK/ca/ca.crt" "$dir/etc/envagent/mux-ca.crt"
    chmod 600 "$dir"/etc/envagent/*.credential
  else
    # Their owners come with the package: who installs it puts them into place.
    install -D -m 600 -t "$dir/root/mux" "$LAB_HERE/template/mux/etc/envmux/envmux.conf" \
      "$WORK"/ca/{api.crt,api.key,front.pem}
  fi
  cp -a --no-preserve=ownership "$LAB_HERE/template/machine-$kind/." "$dir/"
  : >"$dir/etc/machine-id"
  chmod -R go-w "$dir/etc/envagent" "$dir/etc/www" 2>/dev/null || true
}

# machine_boot HOST: returns when its service manager takes orders
machine_boot() {
  local dir=$HOSTS/$1 nspawn leader='' deadline=$((SECONDS + 60))
  SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 setsid systemd-nspawn --quiet --directory="$dir" --boot --register=no \
    --keep-unit --network-namespace-path="/run/netns/$1" --capability=CAP_NET_ADMIN \
    --resolv-conf=off --machine="$1" \
    --console=read-only </dev/null >"$dir.console" 2>&1 &
  nspawn=$!
  while kill -0 "$nspawn" 2>/dev/null && ((SECONDS < deadline)); do
    leader=$(pgrep -P "$nspawn" || true)
    if [[ -n $leader && -S /proc/$leader/root/run/systemd/private ]]; then
      echo "$leader" >"$dir.pid"
      return
    fi
    sleep 0.02
  done
  echo "lab: $1 did not boot; its console:" >&2
  tail -n 20 "$dir.console" >&2
  return 1
}

# machine_halt HOST [--kill]: returns when it is off; its files stay
machine_halt() {
  local dir=$HOSTS/$1 leader deadline=$((SECONDS + 60))
  leader=$(cat "$dir.pid") || return
  if [[ ${2-} == --kill ]]; then
    kill -KILL "$leader"
  else
    kill -s RTMIN+4 "$leader"
  fi
  while kill -0 "$leader" 2>/dev/null; do
    ((SECONDS < deadline)) || kill -KILL "$leader"
    sleep 0.05
  done
  rm -f "$dir.pid"
}
