#!/usr/bin/env bash
# template.sh BUILD -- CPU time of rendering, against Ruby's erb and jinja2 in the same run
#
# The services' one-line configuration, and 100 templates with 20 substitutions each. All print the
# same bytes, which is checked. Ours is one process that renders all files, as a pass of the agent
# does, with its start counted; "agentctl a file" starts one for each. Files are in memory, if there
# is a place: what the disk costs is the same for all. No root needed.
#
#   BENCH_TEMPLATES=100   templates
#   BENCH_RUNS=15         runs of what takes milliseconds; the sum is divided
set -euo pipefail
cd "$(dirname "$0")/../.."

build=$(realpath "${1:?usage: tests/bench/template.sh BUILD}")
count=${BENCH_TEMPLATES:-100}
runs=${BENCH_RUNS:-15}
for tool in ruby erb; do
  command -v "$tool" >/dev/null || { echo "bench: templates skipped: no $tool; next: make deps"; exit 0; }
done
mkdir -p "$build/bench"
# shellcheck disable=SC2046 # words
"${CC:-cc}" -std=gnu11 -O2 -D_GNU_SOURCE -Wall -Wextra -Wno-unused-parameter -I. -o "$build/bench/render" \
  tests/bench/render.c "$build/liberb.a" "$build/libbase.a" \
  -static $(pkg-config --libs json-c inih)

work=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir ours agentctl erb ruby jinja one

{
  printf '{"config_id": "4190101", "host": "web-1", "ports": [8080, 8443]'
  for i in $(seq 0 49); do printf ', "fact_%d": "value %d"' "$i" "$i"; done
  echo '}'
} >facts.json
# shellcheck disable=SC2016 # the templates' own marks
for n in $(seq 100 $((99 + count))); do
  for k in $(seq 1 20); do
    case $((k % 4)) in
      0) expression=config_id jinja=config_id ;;
      1) expression="fact_$(((n + k) % 50)).upcase" jinja="fact_$(((n + k) % 50)).upper()" ;;
      2) expression="\"#{fact_$((n * k % 50))}-#{host}\"" jinja="fact_$((n * k % 50)) ~ '-' ~ host" ;;
      3) expression="ports[0] + $k" jinja=$expression ;;
    esac
    echo "option_$k: 'of service $n: <%= $expression %>, and more'" >&3
    echo "option_$k: 'of service $n: {{ $jinja }}, and more'" >&4
  done 3>"$n.erb" 4>"$n.j2"
done
echo "web_url: 'https://www-<%= config_id %>.test-envs.example.internal'" >one.erb
cat >facts.rb <<'EOF'
require 'json'
JSON.parse(File.read('facts.json')).each { |name, v| TOPLEVEL_BINDING.local_variable_set(name, v) }
EOF
cat >all.rb <<'EOF'
require 'erb'
require './facts'
ARGV.drop(1).each { |f| File.write("#{ARGV[0]}/#{f}.out", ERB.new(File.read(f), trim_mode: '-').result(TOPLEVEL_BINDING)) }
EOF
cat >all.py <<'EOF'
import json, sys
from jinja2 import Environment
env = Environment(keep_trailing_newline=True)
facts = json.load(open('facts.json'))
for name in sys.argv[2:]:
    text = env.from_string(open(name).read()).render(facts)
    open('%s/%s.erb.out' % (sys.argv[1], name[:-3]), 'w').write(text)
EOF

ours() { "$build/bench/render" facts.json "$@"; }
agentctl() { for f; do "$build/agentctl" render --facts facts.json "$f" >"agentctl/$f.out"; done; }
erb_each() { for f; do erb -T - -r ./facts.rb "$f" >"erb/$f.out"; done; }

# cpu RUNS COMMAND...: microseconds of user and system time of one run
cpu() {
  local n=$1 used TIMEFORMAT='%U %S'
  shift
  used=$({ time for ((i = 0; i < n; i++)); do "$@" >&2; done 2>/dev/null; } 2>&1)
  awk -v n="$n" '{ printf "%d", ($1 + $2) * 1e6 / n }' <<<"$used"
}
row() { # NAME MICROSECONDS OF-OURS
  awk -v name="$1" -v t="$2" -v own="$3" \
    'BEGIN { printf "  %-30s %10.3f ms", name, t / 1000; if (own) printf "  %8.1f times ours", t / own; print "" }'
}

all=([0-9]*.erb)
echo "templates: CPU time of the services' one line"
lines=()
for n in $(seq 100 199); do cp one.erb "one/$n.erb"; lines+=("one/$n.erb"); done
own=$(($(cpu "$runs" ours one "${lines[@]}") / 100))
row "ours, one of 100 in a process" "$own" 0
row "ours, a process" "$(cpu $((runs * 10)) ours one one.erb)" "$own"
row "agentctl, a process" "$(cpu $((runs * 10)) agentctl one.erb)" "$own"
row "erb, a process" "$(cpu "$runs" erb_each one.erb)" "$own"
cmp -s one/one.erb.out erb/one.erb.out || { echo "bench: the line differs" >&2; exit 1; }

echo "templates: CPU time of $count templates with 20 substitutions each"
own=$(cpu "$runs" ours ours "${all[@]}")
row "ours, one process" "$own" 0
row "agentctl, a file" "$(cpu 1 agentctl "${all[@]}")" "$own"
row "erb, a file" "$(cpu 1 erb_each "${all[@]}")" "$own"
row "Ruby, one process" "$(cpu 3 ruby all.rb ruby "${all[@]}")" "$own"
peers=(agentctl erb ruby)
if python3 -c 'import jinja2' 2>/dev/null; then
  row "jinja2, one process" "$(cpu 3 python3 all.py jinja [0-9]*.j2)" "$own"
  peers+=(jinja)
else
  echo "  jinja2 skipped: no python3-jinja2; next: make deps"
fi
for peer in "${peers[@]}"; do
  for f in "${all[@]}"; do
    cmp -s "ours/$f.out" "$peer/$f.out" || { echo "bench: $peer prints something else for $f" >&2; exit 1; }
  done
done
