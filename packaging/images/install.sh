#!/bin/sh
# SPDX-License-Identifier: MIT
# install.sh [--root DIR] PACKAGE.deb|.rpm [FILE ...] -- envagent into what images are made of
#
# With --root into the files of a system that does not run: what mmdebstrap or debootstrap has made,
# or a cloud image that is mounted (by losetup, guestmount, qemu-nbd). Without it onto this machine,
# which runs and becomes the image later: a shell provisioner (Packer, a script over ssh) copies
# this, the package and the FILEs there and runs it; seal.sh is its last step. Nothing is fetched,
# and the agent is not started, only enabled for the next boot. FILEs go to /etc/envagent: envagent.conf, or
# drop-ins, NAME.conf, to /etc/envagent/envagent.conf.d. As root.
#
#   mmdebstrap --include=systemd-sysv,dbus,iproute2,libcurl4,libseccomp2 \
#     --customize-hook='install.sh --root "$1" envagent.deb envagent.conf' bookworm image.tar
set -eu

usage() {
  sed -n '3,14s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

root=
if [ "${1-}" = --root ]; then
  [ -d "${2:-/none}/etc" ] || usage
  root=$(cd "$2" && pwd)
  # What is mounted below it is seen by nobody else, and is gone when we are.
  if [ -z "${IMAGE_MOUNTS-}" ]; then
    IMAGE_MOUNTS=own exec unshare --mount --propagation private sh "$0" "$@"
  fi
  shift 2
fi
[ -f "${1-}" ] || usage
package=$1
shift
case $package in
*.deb) tool='dpkg --install' ;;
*.rpm) tool='rpm --upgrade' ;;
*) usage ;;
esac

there() {
  if [ -n "$root" ]; then
    chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"
  else
    DEBIAN_FRONTEND=noninteractive "$@"
  fi
}

# The scripts of packages look here for a service manager: the machine that builds has one, the image has none.
hide_manager() {
  mount -t tmpfs -o mode=755 image "$root/run"
  mkdir -p "$root/run/lock" "$root/proc" "$root/dev"
  mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
  mountpoint -q "$root/dev" || mount --bind /dev "$root/dev"
}

# A condition that nothing fulfils before the next boot, whoever asks to start it.
hold() {
  mkdir -p /run/systemd/system/envagent.service.d
  printf '[Unit]\nConditionPathExists=!/run/systemd/system/envagent.service.d/image.conf\n' \
    >/run/systemd/system/envagent.service.d/image.conf
  systemctl daemon-reload
}

if [ -n "$root" ]; then
  hide_manager
elif [ -d /run/systemd/system ]; then
  hold
fi

# The settings first, so that whatever starts has them.
mkdir -p "$root/etc/envagent/envagent.conf.d"
for file; do
  case ${file##*/} in
  envagent.conf) install -m 644 "$file" "$root/etc/envagent/" ;;
  *.conf) install -m 644 "$file" "$root/etc/envagent/envagent.conf.d/" ;;
  *)
    echo "install.sh: $file: expected envagent.conf, or a drop-in that is called NAME.conf" >&2
    exit 2
    ;;
  esac
done

if [ -n "$root" ]; then
  cp "$package" "$root/run/"
  package=/run/${package##*/}
fi
# shellcheck disable=SC2086 # a program and its option
there $tool "$package"
there agentctl config check
there systemctl --root=/ is-enabled --quiet envagent.service
echo "envagent is installed, and starts at the next boot"

# Others that set the name, of which there should be one.
there agentctl doctor 2>/dev/null | grep -A1 '^cloud-init: ' || :
