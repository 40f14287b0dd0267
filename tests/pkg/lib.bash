# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# lib.bash -- what the tests of the packages share: switching machines on and off, what is on them
#
# They are run with what tests/run-pkg.sh exports, in one lab: 1/dns-1, 1/web-1, mux and the
# web-2 of each environment are machines that are off at first, each a Debian without our packages.
# shellcheck source=tests/lab/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/../lab/lib.bash"

VERSION=$(<"$ROOT/VERSION")
# shellcheck disable=SC2034 # the scripts use it
LATER=$VERSION.1

boot() { lab boot "$1" && on "$1" timeout 60 systemctl is-system-running --wait; }
halt() { lab halt "$@"; }
is_on() { on "$1" test -S /run/systemd/private; }

# install HOST PACKAGE [FOLDER]: with dpkg, as whoever builds an image does
install_deb() {
  local host=$1 package=$2 file
  file=$(echo "$PACKAGES/${3-}/$package"_[0-9]*.deb)
  lab sh "$host" -- sh -c "cat >/root/$package.deb && DEBIAN_FRONTEND=noninteractive dpkg -i /root/$package.deb" <"$file"
}

# Those of the later version are built meanwhile.
later_built() { soon 300 test -e "$PACKAGES/later/all"; }

# The settings of the load balancer, whose users the package has made.
mux_settings() {
  sh_on mux 'cd /root/mux && install -m 644 api.crt /etc/envmux/ &&
    install -m 640 -g envmux api.key envmux.conf /etc/envmux/ &&
    install -m 400 -o envmux-haproxy front.pem /etc/envmux/certificate.pem'
}

# All that is in the file system of a machine that is off, but what changes at each boot.
files_of() {
  sh_on "$1" "find / -xdev \( -path /proc -o -path /dev -o -path /sys -o -path /run -o -path /tmp -o -path /var/tmp \
    -o -path /var/log -o -path /var/cache -o -path /var/lib/dpkg -o -path /var/lib/systemd -o -path /root \
    -o -path /var/lib/dhcp -o -path /var/lib/apt -o -path /var/lib/nginx -o -path /var/lib/dbus \
    -o -name '*-' \) -prune -o -printf '%p %y %m %u %g %l\n' | sort"
}

# status_of HOST FIELD: what a child of the agent looks like in /proc/PID/status
proc_status() { sh_on "$1" "sed -n 's/^$3:[[:space:]]*//p' /proc/$2/status"; }

url_answers() { fetch user "https://www-4190101.$BASE_DOMAIN/" | grep -q 'www of 4190101 on web-1'; }
