#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# package.sh deb|rpm TREE OUT -- builds the packages of the sources in TREE into OUT
#
# In a copy of them, so TREE stays clean, and from nothing but them: the version is that of the file
# VERSION, the time that of the last commit or SOURCE_DATE_EPOCH, so the same sources give the same
# bytes wherever they lie.
set -euo pipefail

kind=${1:?usage: package.sh deb|rpm TREE OUT}
tree=$(realpath -e "${2:?}")
mkdir -p "${3:?}"
out=$(realpath -e "$3")
version=$(<"$tree/VERSION")
epoch=${SOURCE_DATE_EPOCH:-$(git -C "$tree" log -1 --format=%ct 2>/dev/null || stat -c %Y "$tree/VERSION")}
name=envagent-$version
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [[ ! $version =~ ^[0-9]+(\.[0-9]+)*$ ]]; then
  echo "package.sh: VERSION: expected numbers with dots, not '$version'" >&2
  exit 1
fi

# All that a package is made of, with modes and times that do not depend on the checkout.
mkdir "$work/$name"
(cd "$tree" && tar -c --exclude-vcs agent conf modules packaging tools Makefile VERSION LICENSE README.md) |
  tar -x -C "$work/$name" --no-same-permissions
find "$work/$name" -exec touch -h -d "@$epoch" {} +

# dpkg-buildpackage and rpmbuild say a lot that only matters when they fail.
quietly() {
  if ! "$@" >"$work/log" 2>&1; then
    tail -n 60 "$work/log" >&2
    echo "package.sh: ${1##*/} failed" >&2
    exit 1
  fi
}

build_deb() {
  cd "$work/$name"
  cp -r packaging/debian debian
  printf 'envagent (%s) unstable; urgency=medium\n\n  * %s.\n\n -- %s  %s\n' "$version" \
    "Version $version" "$(sed -n 's/^Maintainer: //p' debian/control)" \
    "$(date -u -R -d "@$epoch")" >debian/changelog
  quietly env -u MAKEFLAGS -u MAKELEVEL -u CFLAGS -u BUILD dpkg-buildpackage --jobs="$(nproc)" -us -uc -b
  mv "$work"/*.deb "$work"/*.buildinfo "$work"/*.changes "$out/"
}

build_rpm() {
  local top=$work/rpm
  mkdir -p "$top/SOURCES"
  tar -c -C "$work" --sort=name --mtime="@$epoch" --owner=0 --group=0 --numeric-owner "$name" |
    gzip -n >"$top/SOURCES/$name.tar.gz"
  quietly env -u MAKEFLAGS -u MAKELEVEL -u CFLAGS -u BUILD SOURCE_DATE_EPOCH="$epoch" \
    rpmbuild -bb --nodeps --define "_topdir $top" --define "_version $version" \
    --define 'use_source_date_epoch_as_buildtime 1' --define 'clamp_mtime_to_source_date_epoch 1' \
    --define '_buildhost reproducible' "$work/$name/packaging/rpm/envagent.spec"
  mv "$top"/RPMS/*/*.rpm "$out/"
}

case $kind in
deb | rpm) "build_$kind" ;;
*)
  echo "package.sh: expected deb or rpm, not '$kind'" >&2
  exit 2
  ;;
esac
