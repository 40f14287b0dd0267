#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# ca.sh DIR -- a certificate authority that lives as long as the lab, and what it signs: the
# certificate of the load balancer's API and the one of all environments' names
set -euo pipefail
# shellcheck source=tools/lab/plan.bash
source "$(dirname "$0")/plan.bash"

DIR=$1
KEY=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30)

# signed NAME SUBJECT ALTERNATIVES: NAME.crt with NAME.key
signed() {
  openssl req -x509 "${KEY[@]}" -subj "/CN=$2" -addext "subjectAltName=$3" \
    -addext basicConstraints=critical,CA:FALSE -addext extendedKeyUsage=serverAuth \
    -CA "$DIR/ca.crt" -CAkey "$DIR/ca.key" -keyout "$DIR/$1.key" -out "$DIR/$1.crt" 2>/dev/null
}

mkdir -m 700 "$DIR"
openssl req -x509 "${KEY[@]}" -subj "/CN=lab CA" -addext keyUsage=critical,keyCertSign,cRLSign \
  -keyout "$DIR/ca.key" -out "$DIR/ca.crt" 2>/dev/null
signed api mux.corp.example.internal "IP:$MUX,DNS:mux.corp.example.internal"
signed front "$BASE_DOMAIN" "DNS:*.$BASE_DOMAIN,DNS:$BASE_DOMAIN"
cat "$DIR/front.crt" "$DIR/front.key" >"$DIR/front.pem"
