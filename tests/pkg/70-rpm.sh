#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 70-rpm.sh -- the RPM packages in a root of their own, with a systemctl that writes down what it is told
# shellcheck source=tests/pkg/lib.bash
source "$(dirname "$0")/lib.bash"

# In a mount namespace of its own; the folder is empty afterwards.
if [[ -z ${RPM_DIR-} ]]; then
  dir=$(mktemp -d)
  trap 'rmdir "$dir"' EXIT
  RPM_DIR=$dir unshare --mount --propagation private bash "$0"
  exit
fi
dir=$RPM_DIR
check "a later version is built" later_built
mount -t tmpfs -o mode=755 rpm "$dir"
mkdir "$dir/up" "$dir/work" "$dir/root"
mount -t overlay -o "lowerdir=$IMAGE,upperdir=$dir/up,workdir=$dir/work" rpm "$dir/root"
root=$dir/root
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
# It enables by preset, as the real one; all else is written down.
mv "$root/usr/bin/systemctl" "$root/usr/bin/systemctl.real"
cat >"$root/usr/bin/systemctl" <<'END'
#!/bin/sh
echo "$*" >>/systemctl.log
[ "$1" = preset ] && exec systemctl.real --root=/ "$@"
exit 0
END
chmod 755 "$root/usr/bin/systemctl"
# The last word of RHEL's and Fedora's presets.
echo 'disable *' >"$root/usr/lib/systemd/system-preset/99-default-disable.preset"
mkdir -p "$root/run/systemd/system" "$root/etc/envagent/envagent.conf.d"
echo '# mine' >"$root/etc/envagent/envagent.conf.d/mine.conf"

rpm_do() { rpm --root "$root" --dbpath /var/lib/rpm --force-debian --nodeps "$@"; }
file_of() { echo "$PACKAGES/${2-}/$1"-[0-9]*.rpm; }
wanted() { chroot "$root" systemctl.real --root=/ is-enabled "$@"; }

check "both install" rpm_do -i "$(file_of envagent)" "$(file_of envmux)"
check_is "... which presets and starts their units" "daemon-reload
daemon-reload
preset envagent.service envagent-services.target
preset envmux.service envmux-haproxy.service
start envagent.service
start envmux.service envmux-haproxy.service" bash -c "sort '$root/systemctl.log'; rm '$root/systemctl.log'"
check_is "... enabled even where the last preset is 'disable *'" "enabled
enabled
enabled
enabled" wanted envagent.service envagent-services.target envmux.service envmux-haproxy.service
check "... their users are there" chroot "$root" id envagent-fetch envagent-leader envmux envmux-haproxy
check_is "... and what the leader keeps is its own" "700 envagent-leader" \
  chroot "$root" stat -c '%a %U' /var/lib/envagent-leader
check_is "the programs run" "$VERSION" bash -c "chroot '$root' agentctl version | grep -o '[0-9.]*\$'"

check "an upgrade" rpm_do -U "$(file_of envagent later)" "$(file_of envmux later)"
check_is "... restarts what runs, and leaves alone what is enabled" "daemon-reload
daemon-reload
try-restart envagent.service
try-restart envmux.service" bash -c "sort '$root/systemctl.log'; rm '$root/systemctl.log'"
check_is "... to the later version" "$LATER" bash -c "chroot '$root' agentctl version | grep -o '[0-9.]*\$'"
check_is "... with the settings as they were" "# mine" cat "$root/etc/envagent/envagent.conf.d/mine.conf"

check "both are erased" rpm_do -e envagent envmux
check_is "... which stops and disables their units" "--no-reload disable --now envagent.service envagent-services.target
--no-reload disable --now envmux.service envmux-haproxy.service
daemon-reload
daemon-reload" bash -c "sort '$root/systemctl.log'; rm '$root/systemctl.log'"
check_is "... none of their files is left" "" \
  bash -c "cd '$root' && find . -path ./proc -prune -o \( -name '*envagent*' -o -name '*envmux*' -o -name agentctl \) ! -path './etc/*' ! -path './var/lib/*' -print"
finish
