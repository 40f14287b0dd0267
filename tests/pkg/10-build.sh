#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2317
# 10-build.sh -- what is in the packages, and that the same sources give the same bytes
# shellcheck source=tests/pkg/lib.bash
source "$(dirname "$0")/lib.bash"

# no_errors PROGRAM...: it says nothing that begins with E:, or has "E: " in it
no_errors() {
  local out
  out=$("$@" 2>&1)
  if [[ $out == *E:\ * ]]; then
    echo "$out"
    return 1
  fi
}

check "lintian has no error to tell" no_errors lintian --allow-root "$PACKAGES"/*.changes
check "rpmlint has none" no_errors rpmlint -c "$ROOT/packaging/rpm/rpmlintrc.toml" "$PACKAGES"/*.rpm

for package in envagent envmux; do
  deb=$(echo "$PACKAGES/$package"_[0-9]*.deb) rpm=$(echo "$PACKAGES/$package"-[0-9]*.rpm)
  check_is "the version of $package is the one of the file VERSION" "$VERSION $VERSION" \
    bash -c "echo \$(dpkg-deb -f '$deb' Version) \$(rpm -qp --qf '%{VERSION}' '$rpm')"
  check_is "$package asks nobody about files in /etc" "" \
    bash -c "dpkg-deb --ctrl-tarfile '$deb' | tar -t | grep conffiles; rpm -qpc '$rpm'"
  check_has "$package has its license" "Permission is hereby granted" \
    bash -c "dpkg-deb --fsys-tarfile '$deb' | tar -xO ./usr/share/doc/$package/copyright"
done
for field in Built-Using Static-Built-Using; do
  check_has "what is linked into envagent is told: $field" libnl3 \
    dpkg-deb -f "$(echo "$PACKAGES"/envagent_[0-9]*.deb)" "$field"
done
check "the same license texts come with it" \
  bash -c "dpkg-deb --fsys-tarfile '$PACKAGES'/envagent_*.deb | tar -t | grep -c 'copyright\.\(json-c\|inih\|libnl\|glibc\)' | grep -qx 4"

# Once more, in another folder: a copy of the sources made now.
again=$(mktemp -d)
trap 'rm -rf "$again"' EXIT
mkdir "$again/sources"
(cd "$ROOT" && cp -r agent conf modules packaging tools Makefile VERSION LICENSE README.md "$again/sources")
# The time that package.sh takes from the last commit, which the copy does not have.
epoch=$(git -C "$ROOT" log -1 --format=%ct 2>/dev/null || stat -c %Y "$ROOT/VERSION")
for kind in deb rpm; do
  check "the sources build in another folder: $kind" \
    env "SOURCE_DATE_EPOCH=$epoch" "$ROOT/tools/package.sh" "$kind" "$again/sources" "$again/out"
  check_is "... and give the same bytes" "$(cd "$PACKAGES" && sha256sum ./*."$kind")" \
    bash -c "cd '$again/out' && sha256sum ./*.$kind"
done
finish
