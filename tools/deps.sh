#!/usr/bin/env bash
# Installs the Debian packages that building, testing and the demo need, if any is missing.
# Asks apt only then, and starts no service.
set -euo pipefail

build=(gcc make pkg-config libc6-dev libjson-c-dev libnl-3-dev libnl-route-3-dev libinih-dev
  libsystemd-dev libcmocka-dev libmicrohttpd-dev libseccomp-dev libcurl4-openssl-dev)
lint=(clang clang-format cppcheck shellcheck mandoc)
tests=(valgrind dnsmasq-base isc-dhcp-client nftables iproute2 procps bind9-dnsutils inotify-tools
  strace curl jq nginx mmdebstrap util-linux ruby libclang-rt-14-dev)

if ! command -v dpkg-query >/dev/null; then
  echo "deps: this is no Debian; needed are its packages: ${build[*]} ${lint[*]} ${tests[*]}" >&2
  exit 0
fi

missing=()
for package in "${build[@]}" "${lint[@]}" "${tests[@]}"; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
  echo "deps: missing: ${missing[*]}" >&2
  echo "deps: next: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 1
fi

# Packages must not start services of theirs on the machine of somebody who only wants the tests.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
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

# Nor at the next boot.
for package in "${missing[@]}"; do
  [ "$package" != nginx ] || systemctl disable nginx.service >/dev/null 2>&1 || true
done
