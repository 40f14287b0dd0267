# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# machine.bash -- Debians that boot: what they are made of, and whether one does here; for run-*.sh
#
# With ROOT and BUILD in the environment, after runner.bash.

# image DIR PACKAGES [OPTION...]: a Debian 12 with these, made once and when they are
# others; OPTIONs are for mmdebstrap
image() {
  local new=$1.new
  [[ ! -e $1 || $(cat "$1.packages" 2>&1) != "$2" ]] || return 0
  install -d -m 700 "$(dirname "$1")"
  rm -rf "$new" "$1"
  mkdir "$new" &&
    mmdebstrap --quiet --variant=minbase --format=tar --aptopt='Acquire::Retries "3"' --dpkgopt=force-unsafe-io \
      --include="$2" "${@:3}" bookworm - | tar -x -C "$new" --exclude './dev/*' &&
    mv "$new" "$1" && echo "$2" >"$1.packages"
}

# why_no_boot IMAGE: says why it does not boot here, which nothing but booting it tells; fails if it does
why_no_boot() {
  local said machine="$ROOT/tests/managers/machine"
  export MACHINE
  MACHINE=$(mktemp -u) || return 0
  said=$(IMAGE=$1 "$machine" make 2>&1 && "$machine" start 2>&1) && said=''
  "$machine" down
  [[ -n $said ]] && echo "no machine boots: $(tail -n 3 <<<"$said" | tr -d '\r' | paste -s -d ' ')"
}
