#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 84-requests.sh -- how many requests a registration, a settled pass and the renewal of a lease cost, and
# what becomes of monitors
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

need_agents
id=4190101
drop=/etc/envagent/envagent.conf.d/50-requests.conf

another() { on 1/dns-1 agentctl apply >/dev/null; }
# What of one kind the partition has: "http-0a1b2c3d4e5f", a line each.
names() { mux_api "ltm/$1?\$filter=partition+eq+test-$id" | jq -r '.items[]?.name' | sort; }
names_are() { [[ $(names "$1" | xargs) == "$2" ]] || { names "$1"; return 1; }; }
states() { mux_api "ltm/pool/~test-$id~$1-$id/members" | jq -r '.items[].state' | xargs; }
states_are() { [[ $(states "$1") == "$2" ]] || { states "$1"; return 1; }; }
# Passes go on until that is so: every tenth reads all.
after_passes() {
  local i
  for ((i = 0; i < 25; i++)); do
    "$@" >/dev/null && return
    another
  done
  "$@"
}
settled_with() { ready 1/dns-1 && names_are pool "$1"; }

# configure TEXT: the leader's file of this test, and it is in force
configure() {
  if [[ $1 ]]; then on 1/dns-1 tee "$drop" <<<"$1" >/dev/null; else on 1/dns-1 rm "$drop"; fi
  on 1/dns-1 unitctl reload envagent.service
}

check_soon "(the leader is ready)" 30 ready 1/dns-1

# ---- four services, registered for the first time ----

configure "$(printf '[Service %s]\nRoles=web\nPort=8080\nMonitor=%s:/health\n' api http mail http shop vhost)"
check_soon "four services are four pools" 30 settled_with "api-$id mail-$id shop-$id www-$id"
check "... three equal checks are one monitor, that of another host is a second" test "$(names monitor/http | wc -l)" = 2
check_soon "... the one finds all members up" 30 states_are mail "up up"
check_soon "... and so does the other" 30 states_are shop "up up"

# Somebody deletes all of it; the log tells the registration from its first look to its commit.
nothing_left() {
  local kind name
  for kind in pool node monitor/http; do
    for name in $(names "$kind"); do mux_api "ltm/$kind/~test-$id~$name" -X DELETE; done
  done
  mux_api "auth/partition/test-$id" -X DELETE
  mux_asked 1 "$mark" | grep -q '404$' || [[ $(mux_api "auth/partition/test-$id") == *01020036* ]]
}
registration() {
  mux_asked 1 "$mark" | sed -n '/404$/,$ p' | sed 's/[0-9]\{12,\}/N/; /^PATCH .*transaction/q'
}
mark=$(mux_mark)
check_soon "(all of them are deleted by hand)" 30 nothing_left
another
check_soon "all are registered again" 30 settled_with "api-$id mail-$id shop-$id www-$id"
check_is "a first registration, of two monitors: six requests, and one a pool" "GET /mgmt/tm/auth/partition/test-$id 404
POST /mgmt/tm/auth/partition 200
POST /mgmt/tm/transaction 200
POST /mgmt/tm/ltm/monitor/http 200
POST /mgmt/tm/ltm/pool 200
POST /mgmt/tm/ltm/pool 200
POST /mgmt/tm/ltm/monitor/http 200
POST /mgmt/tm/ltm/pool 200
POST /mgmt/tm/ltm/pool 200
PATCH /mgmt/tm/transaction/N 200" registration
check_is "... none of them a login" "" grep authn <(mux_asked 1 "$mark")

# ---- a lease ----

stamp() { mux_api "auth/partition/test-$id" | jq -r .description; }
# The lease lives for at least that many seconds.
leased_for() {
  local end
  end=$(stamp | sed -n 's/.* until=\([0-9]*\).*/\1/p')
  ((end - $(date +%s) > $1)) || { stamp; return 1; }
}
check_not "(the lease is one of minutes)" leased_for 3000
mark=$(mux_mark)
services=$(on 1/dns-1 cat "$drop")
configure "$services"$'\n[Mux]\nLeaseSec=2h\n[Fact owner_name]\nCommand=echo Ada Lovelace'
check_soon "a lease that is over the half of its time is renewed" 30 leased_for 6000
check_soon "... and the leader is ready" 30 ready 1/dns-1
check_is "... by one request beside what a settled pass reads" "PATCH /mgmt/tm/auth/partition/test-$id 200" \
  grep -v '^GET ' <(mux_asked 1 "$mark")

check_has "... the stamp names the owner" " owner=Ada_Lovelace" stamp
end=$(date -u -d "@$(stamp | sed 's/.* until=\([0-9]*\).*/\1/')" '+%F %T UTC')
check_soon "... and so does agentctl lb status, with the end of the lease" 30 \
  has 1/dns-1 'agentctl lb status' "owner Ada Lovelace, leased until $end"

# ---- monitors that come and go ----

configure ''
check_soon "services that are there no more lose their pools" 30 settled_with "www-$id"
check "... and the monitor that nobody uses; the other stays" test "$(names monitor/http | wc -l)" = 1
check_soon "... with its members up" 30 states_are www "up up"
shared=$(names monitor/http)

# As it was when each pool had a monitor of its own name; no pass is left that would undo it at once.
another
mux_api ltm/monitor/http -X POST -d "{\"name\":\"www-$id\",\"partition\":\"test-$id\",\"interval\":5,\"timeout\":16,
  \"send\":\"GET /health HTTP/1.1\\\\r\\\\nHost: www-$id.$BASE_DOMAIN\\\\r\\\\nConnection: close\\\\r\\\\n\\\\r\\\\n\"}" >/dev/null
mux_api "ltm/pool/~test-$id~www-$id" -X PATCH -d "{\"monitor\":\"/test-$id/www-$id\"}" >/dev/null
mux_api "ltm/monitor/http/~test-$id~$shared" -X DELETE
check_is "(a registration with a monitor of the pool's name)" "www-$id" names monitor/http
check_soon "... has its members up" 30 states_are www "up up"
sh_on user "until test -e /tmp/enough; do
    curl -sS -m 20 --cacert /etc/lab/ca.crt -o /dev/null -w '%{http_code}\n' https://www-$id.$BASE_DOMAIN/
  done >/tmp/visits 2>&1" &
visitor=$!
check_soon "(somebody visits it all the time)" 30 on user test -s /tmp/visits
mark=$(mux_mark)
check "it is taken over" after_passes names_are monitor/http "$shared"
check_is "... in one step, the pool stays" "POST /mgmt/tm/transaction 200
POST /mgmt/tm/ltm/monitor/http 200
PATCH /mgmt/tm/ltm/pool/~test-$id~www-$id 200
DELETE /mgmt/tm/ltm/monitor/http/~test-$id~www-$id 200
PATCH /mgmt/tm/transaction/N 200" sed 's/[0-9]\{12,\}/N/' <(mux_writes 1 "$mark")
check_soon "... its members are up" 30 states_are www "up up"
on user touch /tmp/enough
wait $visitor
check_is "... and no request was lost meanwhile" 200 on user sort -u /tmp/visits
on user rm /tmp/visits /tmp/enough
check_soon "the leader is ready" 30 ready 1/dns-1
finish
