#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2034,SC2317
# 14-mux-certificates.sh -- several base domains with a certificate each; certificates that change while
# requests are under way, that are broken, that end
# Needs no lab.
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"
# shellcheck source=tests/lab/mux.bash
source "$(dirname "$0")/mux.bash"

mux_inside "certificates change and nobody is cut off" "$@"
second=seeds.example.internal third=old_seeds.example.internal
mkdir certs
mux_certificate front
mux_certificate second 5 "$second"
mux_certificate third 30 "$third"
cp front.pem second.pem third.pem certs/
MUX_CERTIFICATE=$PWD/certs MUX_DOMAINS="$DOMAIN $second $third"
mux_up
partition 1
pool www 1 ',"members":["127.0.1.1:8081"]'

# What is served for a domain: the common name and the serial number of its certificate.
served() {
  openssl s_client -connect 127.0.0.1:443 -servername "www-1.$1" </dev/null 2>/dev/null |
    openssl x509 -noout -subject -serial | sed 's/subject=CN = //;s/serial=//' | xargs
}
is_served() { [[ $(served "$1") == "$2" ]] || { served "$1"; return 1; }; }
serial() { openssl x509 -in "$1.crt" -noout -serial | sed 's/serial=//'; }
for domain in "$DOMAIN" "$second"; do
  check_is "below $domain the environment answers, with a certificate that is trusted" "served by 127.0.1.1" \
    curl -sS -m 10 --cacert ca.crt --resolve '*:443:127.0.0.1' "https://www-1.$domain/"
done
check_is "each base domain has the certificate of its own" "front $(serial front)|second $(serial second)|third $(serial third)" \
  echo "$(served "$DOMAIN")|$(served "$second")|$(served "$third")"
check_has "one with an underscore is warned of in the log" "$third has an underscore" cat envmux.log
overview() { curl -sS -m 10 --cacert ca.crt --resolve '*:443:127.0.0.1' -H 'Accept: text/html' "https://$DOMAIN/"; }
check_has "... and in the overview" "$third has an underscore" overview
check_has "the overview says how long each is good" "certs/second.pem is good for 4 more days" overview
check "... and the metrics, to the second" test "$(metric "envmux_certificate_expiry_seconds{file=.*second.pem.}")" == \
  "$(date -d "$(openssl x509 -in second.crt -noout -enddate | cut -d= -f2)" +%s)"

# ---- renewed while requests are under way ----

old=$(served "$DOMAIN") before=$(worker_pid)
visit www-1/drip/300 --http1.1 -m 150 -o whole -w '%{http_code}' >long.code &
long=$!
# One connection that is kept, with a request every now and then, until the file "enough" is there.
cat >kept.py <<'PYTHON'
import http.client, os, socket, ssl, sys, time
context = ssl.create_default_context(cafile="ca.crt")
host, connections, n = sys.argv[1], 0, 0
c = None
while not os.path.exists("enough") or n < 5:
    if c is None:
        c = http.client.HTTPSConnection("127.0.0.1", 443, timeout=20, context=context)
        c.sock = context.wrap_socket(socket.create_connection(("127.0.0.1", 443), 20), server_hostname=host)
        connections += 1
    c.request("GET", "/", headers={"Host": host})
    r = c.getresponse()
    text = r.read().decode()
    if r.status != 200 or "served by" not in text:
        sys.exit("%d %s" % (r.status, text))
    n += 1
    # Told to, one goes on with another connection; without being told it must be there.
    if r.getheader("Connection", "").lower() == "close":
        c.close()
        c = None
    time.sleep(0.2)
print("all answered")
PYTHON
python3 kept.py "www-1.$DOMAIN" >kept.out 2>&1 &
kept=$!
soon 20 test -s whole >/dev/null
mux_certificate front 9
cp front.pem certs/.new && mv certs/.new certs/front.pem
new="front $(serial front)"
check_soon "a certificate that was replaced is served to who comes" 30 is_served "$DOMAIN" "$new"
check_not "(it is another one)" test "$old" == "$new"
check "... the download of before goes on" kill -0 $long
check_is "... the others stay" "second $(serial second)" served "$second"
replaced() { [[ $(worker_pid) != "$before" ]]; }
check_soon "(by another worker)" 10 replaced

# ---- broken ones ----

echo "not a certificate" >certs/.new && mv certs/.new certs/second.pem
told() { grep -q 'refuses its new files.* or a certificate of /mnt/certs' envmux.log || { cat envmux.log; return 1; }; }
complains() { overview | grep refuses; }
check_soon "a file that is no certificate: that is told" 30 told
check_is "... and the former one is served" "second $(serial second)" served "$second"
check_soon "... the overview says so, too" 10 complains
check_is "... and the metrics" 1 metric envmux_haproxy_refused
partition 2
pool www 2 ',"members":["127.0.2.1:8081"]'
check_is "... environments come as always" "served by 127.0.2.1" visit www-2
# The key of another certificate: as a copy that was interrupted in the middle.
cat second.crt front.key >certs/.new && mv certs/.new certs/second.pem
sleep 2
check_is "a key that does not fit: the former one is served" "second $(serial second)" served "$second"
mux_certificate second 8 "$second"
cp second.pem certs/.new && mv certs/.new certs/second.pem
check_soon "mended, it is served, soon" 30 is_served "$second" "second $(serial second)"
well() { ! overview | grep -q refuses; }
check_soon "... and the overview has nothing to complain of" 30 well

touch enough
wait $kept
check_is "a connection that is kept had every request answered all the while" "all answered" cat kept.out
wait $long
check_is "... and the download came whole" "200 300000" bash -c 'echo $(cat long.code) $(wc -c <whole)'
finish
