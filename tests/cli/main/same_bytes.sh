# SPDX-License-Identifier: GPL-3.0-or-later
# Every command gives the same bytes on 1, 2 and 7 threads and on every instruction set: standard
# output, and all that it writes. A command without a function below fails the case. (That these
# bytes are the right ones is checked elsewhere, for one choice of threads and set.)
small=$WEIR_SOURCE/datasets/small
weir convert -o binary -O trace "$small"
weir convert -O text.csv "$small"
weir hist -b 4 --count-in 3000 -O part_1.csv text.csv
weir hist -b 4 --skip-in 3000 -O part_2.csv text.csv
weir hist -x rate -b 4 -O rates.csv trace
weir fit -q -U 2 -L 2 -G 1 -y flows packets octets -O model trace
expr='prot == tcp and port in {80, 443} or octets * 8 // (packets + 1) > 4000'

# Each function says what to run, one command line a call; outputs lie below out/.
run_convert() {
    try convert trace
    try convert "$small" --filter-expr "$expr" -O out/text.csv
    try convert text.csv "$small" trace -o binary -O out/trace
    try convert text.csv --skip-in 100 --count-in 5000 --skip-out 7 --count-out 900 --filter-expr "$expr"
    try convert trace --from 2025-03-04T10:20 --to 2025-03-04T10:40:00.5
}

run_cut() {
    try cut trace --skip-in 1000 --count-in 4000 -O out/cut
    try cut trace/octets.Q --skip-in 17 -O out/octets.Q
}

run_hist() {
    local x b
    for x in length size duration rate; do
        for b in 0 4 12; do
            try hist -x $x -b $b -c duration -c rate -c aggs trace
        done
        try hist -x $x text.csv "$small"
    done
    try hist -x size -b 12 --filter-expr "$expr" "$small" -O out/size.csv
    try hist part_1.csv part_2.csv
    try hist -b 2 part_1.csv part_2.csv -O out/sum.csv
}

run_info() {
    try info text.csv trace "$small"
    try info -o json --filter-expr "$expr" trace -O out/info.json
    try info --header "$small"
}

run_top() {
    try top trace
    try top --by sa,da,dp -n 1000 -o csv text.csv -O out/top.csv
    try top --by sa/16,prot -n 50 -o json --filter-expr "$expr" "$small"
    try top --memory 64M --by sa,sp,da,dp -n 300 -o csv trace
}

run_fit() {
    try fit -U 2 -P 1 -L 2 -i 30 -y flows packets octets -O out/fit trace
    try fit -L 1 -N 1 -G 1 -W 1 -x size -b 4 -i 5 -O out/fit "$small"
}

run_compare() {
    local format
    weir fit -U 2 -L 2 -i 5 -y flows packets octets -O models part_1.csv
    weir fit -P 1 -N 1 -G 1 -W 1 -i 5 -y flows packets octets -O others part_1.csv
    for format in text markdown json csv; do
        try compare models others models -o $format --hist part_1.csv --hist part_2.csv -y flows packets octets
    done
    try compare models/octets.json others -b 2 --hist part_1.csv -y octets -O out/table
}

run_generate() {
    try generate -s 200000 part_1.csv part_2.csv
    try generate -s 200000 --seed 3 --compat -o binary -O out/lower part_1.csv
    try generate -s 0 -o binary -O out/expanded part_1.csv
    try generate -s 0 --compat --count-out 1000 part_2.csv
    try generate -s 100000 --skip-out 33333 -o pipe model
    try generate -s 100000 -x size -o binary -O out/sizes model
    try generate --cdf-table model
    try generate -s 70000 --arrivals poisson:50 --rates rates.csv -A 30 -I 10 --sources 10.0.0.0/8:zipf:1.1 \
        --destinations 172.16.0.0/12 --protocols tcp*8,udp --ports 443,1024-65535 -o binary -O out/full model
}

run_merge() {
    try merge -I 15 -A 300 trace
    try merge -I 60 -A 60 text.csv -o binary -O out/merged
}

run_sort() {
    try sort -k first,first_ms -O out/sorted trace
    try sort -k sa3,da3,octets --reverse -I out/index -o csv_flow text.csv
    try sort -k prot -O out/sorted --filter-expr "$expr" "$small"
}

run_plot() {
    weir fit -U 2 -L 2 -i 5 -y flows packets octets -O models part_1.csv
    try plot --format none -P kde -P points -P comp -C comp_stack -O out part_1.csv part_2.csv models
    try plot --format none --single -P hist -O out part_1.csv
}

run_summary() {
    try summary trace
    try summary -x size -o json -c duration -c rate --quantiles 0.5,0.99 -O out/size.json "$small"
    try summary -o markdown --filter-expr "$expr" text.csv -O out/page.md
    try summary -o text part_1.csv part_2.csv
}

run_report() {
    if [ ! -d results ]; then
        weir hist -b 12 -x size -O results/tcp/size.csv trace
        cp part_1.csv part_2.csv results
        weir fit -U 2 -L 2 -i 5 -y flows packets octets -O results/models part_1.csv
        weir fit -P 1 -N 1 -G 1 -W 1 -i 5 --report json -O results/models/size results/tcp/size.csv
    fi
    try report results
    try report --title "One hour" results -O out/page.html
}

run_run() {
    cat >job.yaml <<END
input: trace
steps:
  hists:
    matrix: {proto: {all: "", tcp: prot==6, udp: prot==17}, x: [length, rate]}
    hist: {x: \$x, bin-exp: 12, filter-expr: \$proto, c: [duration, rate]}
    to: \$proto.key/\$x.csv
  lengths: {hist: {b: 4, skip-in: 50}, to: lengths.csv}
  web: {convert: {filter-expr: "port in {80, 443}", out-format: binary}, to: web}
  text: {convert: {}, from: web, to: web.csv}
  sums: {hist: {bin-exp: 3}, from: lengths, to: sums.csv}
END
    try run --no-manifest --output out job.yaml
    try run --dry-run --output out job.yaml
}

run_man() {
    try man
    try man hist
    try man -O out/man
}

run_completion() {
    try completion bash
    try completion zsh
}

run_help() {
    try help
    try help hist
    try help filter
}

# Tells the instruction set and the number of threads by its very nature.
run_version() {
    try version
    sed -i '2,$d; s/ .*//' got/stdout.0
}

# try ARGS...: runs weir and puts what it writes into got/NUMBER.
try() {
    mkdir -p out got
    "$WEIR" --quiet --no-sync --threads "$threads" "$@" >"got/stdout.$n_tries" 2>stderr ||
        fail "threads $threads, WEIR_CPU $level: weir $*: exit $?: $(cat stderr)"
    [ -n "$(find out -type f -size +0)" ] || [ -s "got/stdout.$n_tries" ] || fail "weir $* writes nothing"
    mv out "got/out.$n_tries"
    n_tries=$((n_tries + 1))
}

levels=()
for level in ref avx2 avx512 neon; do
    if WEIR_CPU=$level "$WEIR" version >/dev/null 2>&1; then
        levels+=("$level")
    fi
done
[ "${levels[0]}" = ref ] || fail "no reference"

weir help | sed -n '/^Commands:/,/^$/s/^  \([a-z_]*\) .*/\1/p' >commands
[ "$(wc -l <commands)" -ge 9 ] || fail "commands: $(cat commands)"
while read -r command; do
    declare -F "run_$command" >/dev/null ||
        fail "no command lines for weir $command: write a function run_$command in this case"
    rm -rf want
    for level in "${levels[@]}"; do
        export WEIR_CPU=$level
        for threads in 1 2 7; do
            rm -rf got
            n_tries=0
            "run_$command" </dev/null
            [ $n_tries -gt 0 ] || fail "nothing was run for $command"
            if [ -d want ]; then
                diff -r want got >differences ||
                    fail "weir $command, threads $threads, WEIR_CPU $level: $(head -n 5 differences)"
            else
                mv got want
            fi
        done
    done
    unset WEIR_CPU
done <commands
