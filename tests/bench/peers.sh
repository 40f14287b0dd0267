#!/usr/bin/env bash
# peers.sh DIR -- a small Debian root in DIR that holds the peers, made once; the machine is not touched
#
# Ends with 3 and a reason on stdout if it cannot be made here.
set -euo pipefail

dir=${1:?usage: tests/bench/peers.sh DIR}
mirror=${BENCH_MIRROR:-http://deb.debian.org/debian}
suite=bookworm
# The peers; what the agent is linked with, so that all share one C library; and a program that every
# Debian machine runs.
packages=qemu-guest-agent,cloud-init,iproute2
packages+=,libsystemd0,libjson-c5,libinih1,libcurl4,libseccomp2
packages+=,dbus-daemon,dbus-session-bus-common

complete=.complete-$(cksum <<<"$suite $packages" | cut -d ' ' -f 1)
[ -e "$dir/$complete" ] && exit 0
command -v mmdebstrap >/dev/null || { echo "mmdebstrap is not installed"; exit 3; }

rm -rf --one-file-system "$dir" "$dir.new"
mkdir -p "$(dirname "$dir")"
echo "bench: making a root for the peers in $dir (once)" >&2
if ! log=$(timeout 600 mmdebstrap --quiet --variant=minbase --include="$packages" "$suite" \
  "$dir.new" "$mirror" 2>&1); then
  rm -rf --one-file-system "$dir.new"
  echo "mmdebstrap from $mirror failed: $(tail -n 1 <<<"$log")"
  exit 3
fi
rm -rf "$dir.new/var/cache/apt/archives" "$dir.new/var/lib/apt/lists"
: >"$dir.new/$complete"
mv "$dir.new" "$dir"
