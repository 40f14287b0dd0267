#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2317
# 17-pages.sh -- what a browser shows where no member answers; in a network namespace of its own
# Needs no lab.
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

if [[ -z ${PAGES_ALONE-} ]]; then
  PAGES_ALONE=yes exec unshare --net --kill-child --fork bash -c 'ip link set lo up && exec "$@"' - bash "$0"
fi
DIR=$(mktemp -d) APEX=test-envs.example.internal
"$BUILD/envmux" --dev --api 127.0.0.1:8080 --front 127.0.0.1:443 --state "$DIR" >"$DIR/log" 2>&1 &
MUX=$!
end() {
  kill "$MUX" 2>/dev/null
  wait "$MUX"
  rm -rf "$DIR"
}
trap end EXIT
soon() {
  local i
  for ((i = 0; i < 200; i++)); do
    ! "$@" >/dev/null 2>&1 || return 0
    sleep 0.1
  done
  return 1
}
soon grep -q ^ready "$DIR/log"

api() { curl -sS -o /dev/null -u admin:admin "http://127.0.0.1:8080/mgmt/tm/$1" -d "$2"; }
visit() { curl -sS -m 10 --cacert "$DIR/ca.crt" --resolve "*:443:127.0.0.1" "$@"; }
code() { visit -o /dev/null -w '%{http_code} %{content_type}' "$@"; }
says() { visit "$1" | grep -q "$2"; }

until=$(($(date +%s) + 3600))
api auth/partition '{"name":"test-7","description":"envagent v1 env=7 vm=1 fence=1 until='$until' owner=Ada_Lovelace"}'
api ltm/pool '{"name":"www-7","partition":"test-7","monitor":"/Common/tcp","members":["127.1.0.1:8081"]}'
api ltm/pool '{"name":"idle-7","partition":"test-7","members":[{"name":"127.1.0.2:8081","session":"user-disabled"}]}'

check_has "the apex lists the environments" "environment 7: " visit "https://$APEX/"
check_is "an environment that nobody knows is 404, in HTML for browsers" "404 text/html; charset=utf-8" \
  code -H 'Accept: text/html' "https://www-8.$APEX/"
check_is "... and in JSON for programs" '"unknown-environment"' \
  bash -c "curl -sS --cacert $DIR/ca.crt --resolve '*:443:127.0.0.1' -H 'Accept: application/json' https://www-8.$APEX/ | jq .error"
check "one whose members do not answer is said to start" soon says "https://www-7.$APEX/" "may be starting"
check_has "... with Retry-After" "retry-after: 5" visit -o /dev/null -D - "https://www-7.$APEX/"
check_has "one whose members are disabled is said to sleep" "parked" visit "https://idle-7.$APEX/"
check_is "... as 503" "503 text/plain; charset=utf-8" code "https://idle-7.$APEX/"

serial() {
  openssl s_client -connect 127.0.0.1:443 -servername "www-7.$APEX" </dev/null 2>/dev/null |
    openssl x509 -noout -serial
}
renewed() { [[ $(serial) != "$before" ]]; }
before=$(serial)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 10 -subj /CN=new \
  -addext "subjectAltName=DNS:*.$APEX,DNS:$APEX" -addext basicConstraints=critical,CA:FALSE \
  -CA "$DIR/ca.crt" -CAkey "$DIR/ca.key" -keyout "$DIR/new.key" -out "$DIR/new.crt" 2>/dev/null
cat "$DIR/new.crt" "$DIR/new.key" >"$DIR/new.pem" && mv "$DIR/new.pem" "$DIR/front.pem"
check "a certificate that was replaced is served" soon renewed
check_has "... and the overview says until when" "more days" visit -H 'Accept: text/html' "https://$APEX/"
check_has "... and so do the metrics" "envmux_certificate_expiry_seconds{file=" \
  curl -sS -u admin:admin http://127.0.0.1:8080/metrics

if command -v chromium >/dev/null && command -v certutil >/dev/null; then
  export HOME=$DIR/home
  mkdir -p "$HOME/.pki/nssdb"
  certutil -N -d "sql:$HOME/.pki/nssdb" --empty-password
  certutil -A -d "sql:$HOME/.pki/nssdb" -t C,, -n root -i "$DIR/ca.crt"
  # --no-sandbox: the lab runs as root, and as root Chromium starts in no other way. It sees pages
  # of envmux alone: the namespace leads nowhere else.
  browse() {
    timeout 60 chromium --headless=new --no-sandbox --disable-gpu \
      --user-data-dir="$DIR/ud" --host-resolver-rules="MAP * 127.0.0.1, EXCLUDE localhost" \
      --dump-dom "$1" 2>/dev/null
  }
  check_has "a browser that trusts the authority shows the overview" \
    'href="https://www-7.test-envs.example.internal/"' browse "https://$APEX/"
  check_has "... with the owner" "Ada Lovelace" browse "https://$APEX/"
  check_has "... and the page of one that sleeps" "This environment sleeps" browse "https://idle-7.$APEX/"
  rm -rf "$HOME/.pki"
  check_is "control: without the authority it shows nothing of them" "" \
    bash -c "$(declare -f browse); DIR=$DIR browse https://$APEX/ | grep -c 'www-7' | grep -v '^0'"
else
  skip "a browser shows the overview" "chromium and certutil are not installed (chromium, libnss3-tools)"
fi

finish
