#!/usr/bin/env bash
# Installs the Debian packages that building, packaging, testing and the demo need, if any is missing.
# Asks apt only then. No service is started, or left to be started at the next boot.
set -euo pipefail

build=(gcc make pkg-config libc6-dev libjson-c-dev libnl-3-dev libnl-route-3-dev libinih-dev
  libsystemd-dev libcmocka-dev libmicrohttpd-dev libseccomp-dev libcurl4-openssl-dev libcrypt-dev)
lint=(clang clang-format cppcheck shellcheck mandoc)
packages=(build-essential debhelper dpkg-dev fakeroot lintian rpm rpmlint systemd-container)
tests=(valgrind dnsmasq-base isc-dhcp-client dhcpcd-base udhcpc nftables iproute2 iputils-ping ifupdown
  procps bind9-dnsutils inotify-tools strace curl jq nginx haproxy wrk openssl mmdebstrap util-linux
  mount patch ruby python3 python3-jinja2 libclang-rt-14-dev chromium libnss3-tools)

if ! command -v dpkg-query >/dev/null; then
  echo "deps: this is no Debian; needed are its packages: ${build[*]} ${lint[*]} ${packages[*]} ${tests[*]}" >&2
  exit 0
fi

missing=()
for package in "${build[@]}" "${lint[@]}" "${packages[@]}" "${tests[@]}"; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
  echo "deps: missing: ${missing[*]}" >&2
  echo "deps: next: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 1
fi

# The services that come with the packages below, and were not there before.
fresh=()
for unit in nginx.service haproxy.service; do
  [[ " ${missing[*]} " == *" ${unit%.service} "* ]] || continue
  systemctl list-unit-files "$unit" >/dev/null 2>&1 || fresh+=("$unit")
done

# Packages must not start services of theirs on the machine of somebody who only wants the tests,
# nor at its next boot; and a policy of the machine's own may have let them start.
policy=/usr/sbin/policy-rc.d guard=''
finish() {
  [ -z "$guard" ] || rm -f "$policy"
  for unit in "${fresh[@]}"; do
    systemctl disable "$unit" >/dev/null 2>&1 || true
    systemctl stop "$unit" >/dev/null 2>&1 || true
  done
}
trap finish EXIT
if [ ! -e "$policy" ]; then
  guard=yes
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

echo "deps: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
install=(apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends "${missing[@]}")

# The lists of a fresh machine are empty or old: they are fetched only if that turns out.
if ! log=$("${install[@]}" 2>&1); then
  apt-get -qq update || true
  if ! log=$("${install[@]}" 2>&1); then
    printf '%s\n' "$log" >&2
    echo "deps: apt-get could not install ${missing[*]}; next: correct /etc/apt, then make deps" >&2
    exit 1
  fi
fi
