#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2317
# 19-mux-leak.sh -- an environment leaves with requests under way, and another one gets its backend: it is
# never answered by the former one
# Needs no lab.
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"
# shellcheck source=tests/lab/mux.bash
source "$(dirname "$0")/mux.bash"

mux_inside "nobody is answered by a former environment" "$@"
# shellcheck disable=SC2034 # mux_conf() uses it
MUX_SLOTS=16
mux_up

# backend_of LABEL: p<N>, by the map that HAProxy has
backend_of() {
  local map
  map=$(runtime "show map" | grep -o '/[^)]*routes-[0-9]*[.]map')
  runtime "show map $map" | sed -n "s/^0x[0-9a-f]* $1 //p"
}
current() { runtime "show stat $1 2 -1" | grep "^$1," | cut -d, -f5; }
busy() { [[ $(current "$backend") == 12 ]]; }
join() {
  partition "$1"
  pool www "$1" ",\"members\":[\"127.0.$1.1:8081\",\"127.0.$1.2:8081\"]"
}

join 50
backend=$(backend_of www-50)
check_is "(the environment that will leave answers)" "served by 127.0.50" bash -c "$(declare -f visit); DOMAIN=$DOMAIN; visit www-50 | cut -d. -f1-3"
for i in {1..12}; do
  visit www-50/slow/4000 >"slow.$i" 2>&1 &
  slow+=" $!"
done
check_soon "(12 requests are under way to it)" 30 busy
api DELETE /tm/ltm/pool/~test-50~www-50
check_has "it is gone at once" "no service www-50" visit www-50 -H 'Accept: text/plain'
# Others come and go: as long as requests are under way nobody has that backend, and then somebody has.
next=60 early=''
again() {
  join $next
  [[ $(backend_of "www-$next") == "$backend" ]] && return
  visit "www-$next" >>early.out
  api DELETE "/tm/ltm/pool/~test-$next~www-$next"
  next=$((next + 1))
  ((next < 250)) || return 0
  return 1
}
until again; do
  # shellcheck disable=SC2086 # words
  kill -0 $slow 2>/dev/null && early=$next
  sleep 0.3 # a fast machine must not have run through all of them before the requests have ended
done
check_is "another environment has its backend" "$backend" backend_of "www-$next"
check "... but none as long as requests were under way" test "${early:-0}" -gt 0
# With connections that are kept, and with a new one each time.
visit "www-$next/[1-500]" >answers 2>&1
visit "www-$next/[1-250]" --http1.1 -H 'Connection: close' >>answers 2>&1
visit "www-$next/[1-250]" --http1.1 >>answers 2>&1
check_is "... and of its 1000 requests none is answered by the former one" "500 served by 127.0.$next.1 500 served by 127.0.$next.2" \
  bash -c 'sort answers | uniq -c | xargs'
# shellcheck disable=SC2086
wait $slow
check_is "what was under way was answered by its own environment" "12 served by 127.0.50" \
  bash -c 'cat slow.* | cut -d. -f1-3 | sort | uniq -c | xargs'
check_is "... and nobody else's" "" grep -h -e '127.0.50.' early.out
finish
