#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# demo.sh BUILD [--keep] -- two environments come up from identical files; a line a host tells what
# became of it, read from what is really there, and a line an environment what its public address
# answers to somebody in the corporate network. Exit status 1 if any of it is wrong.
set -uo pipefail

HERE=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
BUILD=${1:?usage: demo.sh BUILD [--keep]}
KEEP=${2-}
STATE=${LAB_STATE:-/run/envagent-demo}
BASE=test-envs.example.internal
LAB=("$HERE/lab" --state "$STATE")

# Reads one host and prints its line; fails if anything is not as it has to be.
row() {
  local n=$1 name=$2 address=$3 id=$((4190100 + $1)) seen want
  want="env $id  $name  $address static  resolver 10.60.0.10  web_url https://www-$id.$BASE/   ready"
  seen=$("${LAB[@]}" sh "$n/$name" -- describe)
  echo "$seen"
  if [[ $seen != "$want" ]]; then
    echo "  expected: $want"
    "${LAB[@]}" sh "$n/$name" -- agentctl status
    return 1
  fi
}

# Fetches an environment's public address as anybody would, the lab's certificate authority being
# the only one that is trusted, and prints the answer; fails if it is not that environment's own.
address() {
  local id=$((4190100 + $1)) url seen status body deadline=$((SECONDS + 20))
  url=https://www-$id.$BASE/
  until seen=$("${LAB[@]}" sh user -- curl -sS -m 5 --cacert /etc/lab/ca.crt -w '%{http_code}' "$url" 2>&1) &&
    [[ $seen == *200 ]] || ((SECONDS >= deadline)); do
    sleep 0.1
  done
  status=${seen: -3} body=${seen%???}
  echo "env $id  $url   $status  \"${body%$'\n'}\""
  [[ $status == 200 && $body =~ ^"www of $id on web-"[12]$'\n'$ ]]
}

[[ $KEEP == --keep ]] || trap '"${LAB[@]}" down' EXIT
"${LAB[@]}" down
"${LAB[@]}" up --build "$BUILD" || exit 1
echo
failed=0
for n in 1 2; do
  for host in dns-1:10.60.0.10/24 web-1:10.60.0.21/24 web-2:10.60.0.22/24; do
    "${LAB[@]}" sh "$n/${host%:*}" -- agentctl wait --timeout 60s >/dev/null
    row "$n" "${host%:*}" "${host#*:}" || failed=1
  done
done
echo
for n in 1 2; do
  address "$n" || failed=1
done
echo
if [[ $KEEP == --keep ]]; then
  echo "Look around:  ${LAB[*]} sh 1/web-1        End it:  ${LAB[*]} down"
fi
exit "$failed"
