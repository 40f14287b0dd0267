#!/bin/sh
# SPDX-License-Identifier: MIT
# third-party.sh DIR -- copies the licenses of the libraries that are linked in to DIR
#
# As the distribution that is built on keeps them: Debian, or one with RPM packages.
set -eu

dir=$1
install -d "$dir"

# one LIBRARY FILE...: the first that there is
one() {
  library=$1
  shift
  for file in "$@"; do
    if [ -e "$file" ]; then
      install -m 644 "$file" "$dir/copyright.$library"
      return
    fi
  done
  echo "third-party.sh: no license of $library; looked for: $*" >&2
  exit 1
}

one json-c /usr/share/doc/libjson-c-dev/copyright /usr/share/licenses/json-c/COPYING
one inih /usr/share/doc/libinih-dev/copyright /usr/share/licenses/inih/LICENSE.txt
one libnl /usr/share/doc/libnl-3-dev/copyright /usr/share/licenses/libnl3/COPYING
one glibc /usr/share/doc/libc6-dev/copyright /usr/share/licenses/glibc/COPYING.LIB
