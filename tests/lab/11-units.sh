#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 11-units.sh -- the service runner of the lab's hosts
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

conf=/etc/www/nginx.conf
sh_on 1/web-2 "cp -a $conf /root/nginx.conf"

check "a running unit has status 0" on 1/web-2 unitctl status www.service
check_is "an unknown unit has status 5" 5 sh_on 1/web-2 'unitctl start none.service 2>/dev/null; echo $?'
check_is "an unknown verb has status 2" 2 sh_on 1/web-2 'unitctl dance www.service 2>/dev/null; echo $?'
sh_on 1/web-2 "sed -i 's/www of/page of/' $conf"
check "a unit reloads" on 1/web-2 unitctl reload www.service
check_soon "... and has read its file again" 5 has 1/web-2 'curl -s http://localhost:8080/' "page of"
sh_on 1/web-2 "echo bogus >>$conf"
check_has "a reload that is refused says the service's own words" "unexpected end of file" \
  on 1/web-2 unitctl reload www.service
check_has "... and the service goes on" "page of" on 1/web-2 curl -s http://localhost:8080/
check_has "a restart that fails says them too" "unexpected end of file" \
  on 1/web-2 unitctl restart www.service
check_is "... with status 1" 1 sh_on 1/web-2 'unitctl restart www.service 2>/dev/null; echo $?'
check_is "a stopped unit has status 3" 3 sh_on 1/web-2 'unitctl status www.service >/dev/null; echo $?'
check "try-restart of a stopped unit does nothing" on 1/web-2 unitctl try-restart www.service
check_not "... and leaves it stopped" on 1/web-2 unitctl status www.service
sh_on 1/web-2 "cp -a /root/nginx.conf $conf"
check "start brings it back" on 1/web-2 unitctl start www.service
pid=$(sh_on 1/web-2 'cat /run/www.pid')
kill_hard 1/web-2 "$pid"
check_soon "a killed service is started again" 20 has 1/web-2 'curl -s http://localhost:8080/' "www of"
check_not "... as a new process" on 1/web-2 kill -0 "$pid"
check_is "nothing is left as a zombie" "" sh_on 1/web-2 'ps -o stat= -A | grep Z'
finish
