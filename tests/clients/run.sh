#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# run.sh BUILD [--fetch] -- F5's own Ansible modules, unmodified, against envmux
#
# Needs ansible-playbook (Debian: ansible-core) and the collection f5networks.f5_modules (in Debian's
# package ansible, 290 MB installed). --fetch installs the former, and unpacks of the latter what is
# needed into BUILD/clients. Exits 77 if something is not there. It runs in a network namespace of
# its own where it may make one.
set -euo pipefail

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=$(realpath -e "${1:?usage: run.sh BUILD [--fetch]}")
PYTHON=usr/lib/python3/dist-packages
COLLECTION=ansible_collections/f5networks/f5_modules

fetch() {
  local dir
  command -v ansible-playbook >/dev/null ||
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends ansible-core >/dev/null
  [[ ! -d /$PYTHON/$COLLECTION && ! -d $BUILD/clients/$COLLECTION ]] || return 0
  dir=$(mktemp -d)
  (cd "$dir" && apt-get -qq download ansible && dpkg-deb --fsys-tarfile ansible_*.deb |
    tar -x "./$PYTHON/$COLLECTION" "./$PYTHON/ansible_collections/ansible/netcommon") || true
  mkdir -p "$BUILD/clients"
  mv "$dir/$PYTHON/ansible_collections" "$BUILD/clients/"
  rm -rf "$dir"
}

[[ ${2-} != --fetch ]] || fetch
command -v ansible-playbook >/dev/null || { echo "ansible-playbook is not installed (make check-clients)" && exit 77; }
for place in "$BUILD/clients" "/$PYTHON"; do
  [[ ! -d $place/$COLLECTION ]] || export ANSIBLE_COLLECTIONS_PATHS=$place
done
[[ -n ${ANSIBLE_COLLECTIONS_PATHS-} ]] || { echo "f5networks.f5_modules is not there (make check-clients)" && exit 77; }

if [[ -z ${CLIENTS_ALONE-} ]] && unshare --net true 2>/dev/null; then
  CLIENTS_ALONE=yes exec unshare --net --kill-child --fork bash -c 'ip link set lo up && exec "$@"' - "$0" "$BUILD"
fi

state=$(mktemp -d)
"$BUILD/envmux" --dev --api https://127.0.0.1:8443 --front 127.0.0.1:9443 --state "$state" >"$state/log" 2>&1 &
mux=$!
# shellcheck disable=SC2317
finish() {
  kill $mux
  wait $mux || true
  rm -rf "$state"
}
trap finish EXIT
for _ in $(seq 150); do
  ! grep -q ^ready "$state/log" || break
  sleep 0.2
done
export SSL_CERT_FILE=$state/ca.crt HOME=$state F5_TELEMETRY_OFF=true ANSIBLE_LOCALHOST_WARNING=False
ansible-playbook -i localhost, -e port=8443 -e ansible_python_interpreter=/usr/bin/python3 \
  "$ROOT/tests/clients/ansible.yml" >"$state/ansible" 2>&1 || { cat "$state/ansible" && exit 1; }
tail -n 2 "$state/ansible"
