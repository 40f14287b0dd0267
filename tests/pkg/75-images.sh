#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 75-images.sh -- base images: the package goes into a root where nothing runs, and leaves it clean
# shellcheck source=tests/pkg/lib.bash
source "$(dirname "$0")/lib.bash"

# In a mount namespace of its own; the folder is empty afterwards.
if [[ -z ${IMAGE_DIR-} ]]; then
  dir=$(mktemp -d)
  trap 'rmdir "$dir"' EXIT
  IMAGE_DIR=$dir unshare --mount --pid --fork --propagation private bash "$0"
  exit
fi
dir=$IMAGE_DIR
mount -t tmpfs -o mode=755 image "$dir"
mkdir "$dir/up" "$dir/work" "$dir/root"
mount -t overlay -o "lowerdir=$IMAGE,upperdir=$dir/up,workdir=$dir/work" image "$dir/root"
root=$dir/root
mount --bind /dev "$root/dev"
deb=$(echo "$PACKAGES"/envagent_[0-9]*.deb)
cp "$deb" "$root/root/envagent.deb"

# As mmdebstrap --include, a chroot or a shell provisioner does: no service manager, no D-Bus, no /proc.
check "dpkg installs it where nothing runs" \
  env DEBIAN_FRONTEND=noninteractive chroot "$root" dpkg -i /root/envagent.deb
check_is "... the service is enabled for the first boot" enabled \
  chroot "$root" systemctl --root=/ is-enabled envagent.service
check "... nothing was started" test ! -e "$root/run/envagent/status.json"
check_is "... no state is in the image" "" bash -c "ls -A '$root/var/lib/envagent' 2>/dev/null"
check "agentctl runs there" chroot "$root" agentctl version
mount -t proc proc "$root/proc"
check "a configuration can be made and checked while the image is built" chroot "$root" sh -c \
  'mkdir -p /etc/envagent && agentctl init -o /tmp/new.conf && cp /tmp/new.conf /etc/envagent/envagent.conf &&
   agentctl config check'
check "dpkg installs it again" env DEBIAN_FRONTEND=noninteractive chroot "$root" dpkg -i /root/envagent.deb
check "dpkg purges it" env DEBIAN_FRONTEND=noninteractive chroot "$root" dpkg --purge envagent
check "... and the program is gone" test ! -e "$root/usr/sbin/envagentd"
finish
