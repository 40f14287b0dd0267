#!/usr/bin/env bash
# lint.sh -- layout, common mistakes, who includes whom, docs against code; prints what is wrong
set -uo pipefail
cd "$(dirname "$0")/../.." || exit

mapfile -t c_files < <(find agent modules tools tests -name '*.[ch]' | sort)
mapfile -t sources < <(find agent modules tools -name '*.c' | sort)
mapfile -t scripts < <({
  find .ci conf packaging tests tools -name '*.sh' -o -name '*.bash'
  find .ci conf packaging tests tools -type f ! -name '*.[ch]' -print0 |
    xargs -0 awk 'FNR == 1 && /^#!.*[\/ ](ba|da)?sh( |$)/ { print FILENAME } { nextfile }'
} | sort -u)
bad=0

check() {
  local what=$1
  shift
  if ! command -v "$1" >/dev/null; then
    echo "lint: no $1; next: make deps" >&2
    bad=1
  elif ! "$@"; then
    echo "lint: $what: see above" >&2
    bad=1
  fi
}

# A remark on one line is answered beside it: cppcheck-suppress, with the reason. Left out here is
# what cppcheck gets wrong of our dialect: leaks (it does not follow __attribute__((cleanup)); ASan
# and valgrind do) and what it makes of "a ?: b".
check layout clang-format --dry-run -Werror "${c_files[@]}"
check cppcheck cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 -I. -D_GNU_SOURCE \
  -D__x86_64__ '-DVERSION=""' '-DLIBEXECDIR=""' --enable=warning,portability,performance \
  --suppress=memleak --suppress=resourceLeak --suppress=internalAstError \
  --suppress=selfAssignment --suppress=missingInclude --suppress=missingIncludeSystem \
  "${sources[@]}"
check heads tools/lint/check-heads
check includes tools/lint/check-includes
check docs tools/lint/check-docs
check scripts shellcheck -x "${scripts[@]}" packaging/completion/agentctl
for page in packaging/man/*.[1-8]; do
  check "$page" mandoc -T lint -W warning "$page"
done

[ "$bad" -eq 0 ] || exit 1
echo "lint: clean"
