#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# pivot.sh DIR STAGE -- makes DIR the root of this mount namespace and becomes the host's PID 1
#
# Of the machine's files only /usr stays visible, read-only, with STAGE/usr laid over it.
set -euo pipefail

dir=$1 stage=$2
mount -t overlay -o "ro,lowerdir=$stage/usr:/usr" host-usr "$dir/usr"
for d in bin sbin lib lib32 lib64 libx32; do
  if [[ -d /$d && ! -L /$d ]]; then
    mkdir -p "$dir/$d"
    mount --bind "/$d" "$dir/$d"
    mount -o remount,bind,ro "$dir/$d"
  fi
done
mount -t proc proc "$dir/proc"
mount -t sysfs -o ro sysfs "$dir/sys"
mount -t tmpfs -o mode=0755 dev "$dir/dev"
for d in null zero full random urandom tty; do
  : >"$dir/dev/$d"
  mount --bind "/dev/$d" "$dir/dev/$d"
done
mkdir "$dir/dev/pts" "$dir/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$dir/dev/pts"
mount -t tmpfs -o mode=1777 shm "$dir/dev/shm"
ln -s pts/ptmx "$dir/dev/ptmx"
ln -s /proc/self/fd "$dir/dev/fd"
ln -s fd/0 "$dir/dev/stdin"
ln -s fd/1 "$dir/dev/stdout"
ln -s fd/2 "$dir/dev/stderr"

cd "$dir"
pivot_root . mnt
umount --lazy /mnt
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/envagent-lab \
  HOME=/root LANG=C.UTF-8 /usr/lib/envagent-lab/init </dev/null
