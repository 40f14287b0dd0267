#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 75-images.sh -- base images: the package goes into systems that do not run, and leaves them clean
# shellcheck source=tests/pkg/lib.bash
source "$(dirname "$0")/lib.bash"

# In namespaces of its own, without a network: the folder is empty afterwards.
if [[ -z ${IMAGE_DIR-} ]]; then
  dir=$(mktemp -d)
  trap 'rmdir "$dir"' EXIT
  IMAGE_DIR=$dir unshare --mount --net --pid --fork --mount-proc --propagation private bash "$0"
  exit
fi
dir=$IMAGE_DIR
mount -t tmpfs -o mode=755 image "$dir"
mkdir "$dir/up" "$dir/work" "$dir/root" "$dir/cloud"
mount -t overlay -o "lowerdir=$IMAGE,upperdir=$dir/up,workdir=$dir/work" "$IMAGE" "$dir/root"
root=$dir/root
mount --bind /dev "$root/dev"
deb=$(echo "$PACKAGES"/envagent_[0-9]*.deb)
cp "$deb" "$root/root/envagent.deb"
install_image() { "$ROOT/packaging/images/install.sh" "$@"; }
printf '[Agent]\nDomain=cluster.test\n' >"$dir/envagent.conf"
printf '[Metadata]\nTimeoutSec=3s\n' >"$dir/gateway.conf"

# installed FACT ROOT: as it has to be before its first boot
installed() {
  check_is "$1: enabled for the first boot" enabled chroot "$2" systemctl --root=/ is-enabled envagent.service
  check_not "$1: nothing was started" test -e "$2/run/envagent/status.json"
  check_is "$1: no state is in it" "" bash -c "ls -A '$2/var/lib/envagent' '$2/var/lib/envagent-leader' 2>/dev/null | grep -v '^/\|^$'"
}

# ---- a chroot: no service manager, no D-Bus, no /proc ----

check "dpkg installs it where nothing runs" \
  env DEBIAN_FRONTEND=noninteractive chroot "$root" dpkg -i /root/envagent.deb
installed "a chroot" "$root"
check "agentctl runs there" chroot "$root" agentctl version
mount -t proc proc "$root/proc"
check "a configuration can be made and checked while the image is built" chroot "$root" sh -c \
  'mkdir -p /etc/envagent && agentctl init -o /tmp/new.conf && cp /tmp/new.conf /etc/envagent/envagent.conf &&
   agentctl config check'
check "dpkg installs it again" env DEBIAN_FRONTEND=noninteractive chroot "$root" dpkg -i /root/envagent.deb
check "the script installs it in a chroot, too" \
  chroot "$root" /usr/share/envagent/images/install.sh /root/envagent.deb
check "dpkg purges it" env DEBIAN_FRONTEND=noninteractive chroot "$root" dpkg --purge envagent
check "... and the program is gone" test ! -e "$root/usr/sbin/envagentd"

# ---- mmdebstrap: the script as its hook ----

# The packages of Debian come from the image that is there.
from_image="tar -C '$IMAGE' -c --exclude=./dev --exclude=./usr/share/doc --exclude=./usr/share/locale . | tar -x -C \"\$1\""
hook="'$ROOT/packaging/images/install.sh' --root \"\$1\" '$deb' '$dir/envagent.conf'"
check "mmdebstrap makes an image with it" mmdebstrap --quiet --variant=custom --format=directory \
  --skip=update,check/qemu,cleanup/apt --setup-hook="$from_image" --customize-hook="$hook" \
  bookworm "$dir/made" 'deb [trusted=yes] file:/none bookworm main'
installed "an image of mmdebstrap" "$dir/made"
check_has "... with its settings" Domain=cluster.test cat "$dir/made/etc/envagent/envagent.conf"
rm -rf "$dir/made"

# ---- a cloud image: a file system in a file, with cloud-init in it ----

cloud=$dir/cloud
truncate -s 700M "$dir/cloud.img"
check "(a cloud image is made)" mke2fs -q -t ext4 -d "$IMAGE" "$dir/cloud.img"
if ! why=$(mount -o loop "$dir/cloud.img" "$cloud" 2>&1); then
  skip "a cloud image that is mounted" "$why"
  mount --bind "$root" "$cloud"
fi
mkdir -p "$cloud/etc/cloud/cloud.cfg.d"
echo 'preserve_hostname: false' >"$cloud/etc/cloud/cloud.cfg"
install -m 755 /dev/null "$cloud/usr/bin/cloud-init"
before=$(find "$cloud/dev" "$cloud/proc" "$cloud/run" "$cloud/sys" | sort)
said=$(install_image --root "$cloud" "$deb" "$dir/envagent.conf" "$dir/gateway.conf" 2>&1) || said+=" (failed)"
check_has "a mounted cloud image takes it without a network" "envagent is installed, and starts at the next boot" \
  echo "$said"
check_not "... (and the script says so itself)" grep -F "(failed)" <<<"$said"
installed "a cloud image" "$cloud"
check_has "... with its drop-in" TimeoutSec=3s cat "$cloud/etc/envagent/envagent.conf.d/gateway.conf"
check_has "cloud-init that sets the name is told" "cloud-init is on this host and sets its name" echo "$said"
check_has "... with what to do about it" "preserve_hostname: true" echo "$said"
echo 'preserve_hostname: true' >"$cloud/etc/cloud/cloud.cfg.d/99-envagent.cfg"
said=$(install_image --root "$cloud" "$deb" 2>&1)
check_not "... and is not told once it leaves the name alone" grep cloud-init <<<"$said"
check_is "nothing stays mounted there, and nothing is left" "$before" \
  bash -c "find '$cloud/dev' '$cloud/proc' '$cloud/run' '$cloud/sys' | sort"
printf '[Agent]\nDomain=a domain\n' >"$dir/envagent.conf"
check_has "a fault in the settings fails the build, with file and line" "envagent.conf:2" \
  bash -c "'$ROOT/packaging/images/install.sh' --root '$cloud' '$deb' '$dir/envagent.conf' 2>&1 || :"
check_not "... (fails)" install_image --root "$cloud" "$deb" "$dir/envagent.conf"
check_not "what is no package is refused" install_image --root "$cloud" "$dir/envagent.conf"
umount "$cloud"
finish
