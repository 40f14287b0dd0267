# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# host.bash -- a host's file system and its boot

HOST_BOOTED=()

# What the hosts' /usr has more than the machine's: our programs, and the service runner.
host_stage() {
  local lab=$WORK/stage/usr/lib/envagent-lab
  if [[ -n $LAB_STAGE ]]; then
    cp -a "$LAB_STAGE/." "$WORK/stage/"
  else
    # What is built is taken as it is: "all" counts as up to date.
    make -s -C "$LAB_HERE/../.." --old-file=all install BUILD="$LAB_BUILD" DESTDIR="$WORK/stage"
  fi
  install -d "$lab"
  install -m 755 "$LAB_HERE"/{init,unitctl,describe} "$lab/"
  install -m 755 "$LAB_BUILD/skysim" "$LAB_BUILD/envmux" "$lab/"
}

# What every host's /etc starts from: little, and nothing that tells this machine's name or users.
host_template() {
  local dir=$WORK/template file
  mkdir -p "$dir"/{etc,usr,proc,sys,dev,run/lab,root,home,srv,opt,mnt}
  mkdir -p "$dir"/var/{log,tmp,lib/{dhcp,misc,nginx},cache}
  mkdir -m 1777 "$dir/tmp"
  ln -s ../run "$dir/var/run"
  ln -s ../proc/self/mounts "$dir/etc/mtab"
  for file in bin sbin lib lib32 lib64 libx32; do
    [[ ! -L /$file ]] || cp -a "/$file" "$dir/$file"
  done
  for file in ld.so.cache ld.so.conf ld.so.conf.d ssl protocols services localtime; do
    [[ ! -e /etc/$file ]] || cp -a "/etc/$file" "$dir/etc/"
  done
  # Of the alternatives the programs, not their manual pages.
  mkdir "$dir/etc/alternatives"
  find /etc/alternatives -type l ! -name '*.gz' -exec cp -a -t "$dir/etc/alternatives" {} +
  cp -a "$LAB_HERE/template/common/." "$dir/"
  host_own "$dir"
}

# Whoever checked the sources out, with whatever umask.
host_own() {
  chown -R root:root "$1/etc"
  chmod -R go-w "$1/etc"
}

# The file system of host NAME, of the given KIND: host_make NAME KIND
host_make() {
  local dir=$HOSTS/$1
  mkdir "$dir"
  mount -t tmpfs -o size=128m,mode=0755 "$1" "$dir"
  cp -a "$WORK/template/." "$LAB_HERE/template/$2/." "$dir/"
  host_own "$dir"
  if [[ $2 == env ]]; then
    sed -i "s/@LEASE@/$LAB_LEASE/g; s/@RENEW@/$((LAB_LEASE / 2))/g; s/@REBIND@/$((LAB_LEASE * 7 / 8))/g" \
      "$dir/etc/dhcp/dhclient.conf"
    install -m 644 "$WORK/ca/ca.crt" "$dir/etc/envagent/mux-ca.crt"
    # The leader's secrets, and the folder that the package makes for its memory.
    chmod 600 "$dir"/etc/envagent/*.credential
    install -d -m 700 -o 902 -g 902 "$dir/var/lib/envagent-leader"
  fi
}

# The load balancer's certificates, of its API and of all environments' names, and who may read
# what: 903 is envmux, 904 its HAProxy.
host_mux_files() {
  local etc=$1/etc/envmux
  install -m 644 "$WORK/ca/api.crt" "$etc/api.crt"
  install -m 640 -g 903 "$WORK/ca/api.key" "$etc/api.key"
  install -m 400 -o 904 -g 904 "$WORK/ca/front.pem" "$etc/certificate.pem"
  chgrp 903 "$etc/envmux.conf"
  chmod 640 "$etc/envmux.conf"
  install -d -m 750 -o 903 -g 904 "$1/var/lib/envmux"
}

# What differs between the hosts of one environment: which services start at boot.
host_role_files() {
  local enabled=$2/etc/lab/enabled
  case $1 in
  dns-*) echo dnsmasq.service ;;
  web-*) echo www.service ;;
  esac >"$enabled"
  if [[ $1 != web-* ]]; then
    rm -f "$2/etc/envagent/envagent.conf.d/www.conf"
  fi
  [[ $LAB_AGENT == no ]] || echo envagent.service >>"$enabled"
}

# Starts the host's PID 1. NAME.up is written when its boot script has ended.
host_boot() {
  nsenter --net="/run/netns/$1" unshare --mount --uts --ipc --pid --fork --kill-child \
    "$LAB_HERE/pivot.sh" "$HOSTS/$1" "$WORK/stage" &
  HOST_BOOTED+=("$1:$!")
}

host_wait_booted() {
  local entry name unshare deadline=$((SECONDS + 60))
  for entry in "${HOST_BOOTED[@]}"; do
    name=${entry%:*} unshare=${entry#*:}
    until [[ -e $HOSTS/$name/run/lab/booted ]]; do
      if ! kill -0 "$unshare" 2>/dev/null || ((SECONDS >= deadline)); then
        echo "$name did not boot; its log:" >&2
        cat "$HOSTS/$name/var/log/boot.log" >&2 || true
        exit 1
      fi
      sleep 0.02
    done
    pgrep -P "$unshare" >"$HOSTS/$name.pid"
  done
  HOST_BOOTED=()
}
