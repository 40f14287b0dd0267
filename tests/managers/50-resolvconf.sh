#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 50-resolvconf.sh -- Debian's resolvconf, and openresolv
# shellcheck source=tests/managers/lib.bash
source "$(dirname "$0")/lib.bash"

# Each in a copy of the files of its own, without a network.
boxed() {
  unshare --mount --net --pid --uts --fork --mount-proc bash -c 'mount --make-rprivate / && cd "$0" &&
    mount -t proc proc proc && mount -t tmpfs tmpfs run && mount --bind /dev dev && exec chroot . sh -c "$1"' \
    "$FILES" "$1"
}

for package in resolvconf openresolv; do
  machine down
  machine make
  # where /sbin is a link, dpkg -x would put a folder in its place
  rm -f "$FILES"/usr/sbin/resolvconf "$FILES"/etc/resolv.conf
  for dir in etc usr; do
    cp -a "$FILES/opt/$package/$dir/." "$FILES/$dir/"
  done
  cp -a "$FILES/opt/$package/sbin/." "$FILES/usr/sbin/"
  cp -a "$FILES/opt/$package/lib/." "$FILES/usr/lib/"
  settings 'Options=ndots:2
[Network]
Manage=no'
  seen=$(boxed '
    mkdir -p /run/resolvconf/interface
    [ ! -d /etc/resolvconf ] || ln -s ../run/resolvconf/resolv.conf /etc/resolv.conf
    resolvconf --enable-updates 2>/dev/null
    printf "search corp.test\nnameserver 10.9.0.53\n" | resolvconf -a eth0.dhclient
    tree() { find -L /etc/resolv.conf /run/resolvconf -type f ! -name "*lock*" -exec sha256sum {} + | sort; ls -l /etc/resolv.conf; }
    tree >/before
    pass >/first; echo "first: $(tail -n 1 /first)"
    grep -v "^#" /etc/resolv.conf
    pass >/second; echo "second: $(tail -n 1 /second)"
    pass --restore >/third; echo "restore: $?"
    tree | diff /before - && echo "as before"' 2>&1)
  check_has "$package: a pass" "first: pass done settled: changes=3" echo "$seen"
  check_has "$package: ours is asked first" $'nameserver 10.60.0.254' \
    sh -c 'echo "$0" | grep nameserver | head -n 1' "$seen"
  check_has "$package: the options are there" "options ndots:2" echo "$seen"
  check_has "$package: a second pass changes nothing" "second: pass done settled: changes=0" echo "$seen"
  check_has "$package: restore" $'restore: 0\nas before' echo "$seen"
done
finish
