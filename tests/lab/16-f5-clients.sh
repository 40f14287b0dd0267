#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# 16-f5-clients.sh -- clients that were written for a BIG-IP take envmux for one
# Needs no lab.
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

fact="F5's own Ansible modules make, change, read and remove everything, and repeat without a change"
out=$("$(dirname "$0")/../clients/run.sh" "$BUILD" 2>&1)
case $? in
0) ok "$fact" ;;
77) skip "$fact" "$out" ;;
*) not_ok "$fact" "$(tail -n 30 <<<"$out")" ;;
esac
finish
