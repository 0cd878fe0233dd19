#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs the benches of the kernels and prints their targets beside what was measured.
set -euo pipefail

usage() {
    cat <<'END'
usage: bench/run.sh [-b BUILD] [-o RESULTS] [-t THREADS] [-r REPEATS]
       bench/run.sh -p RESULTS

Runs every bench of BUILD/bench (default: build; configured with -DWEIR_BENCH=ON), writes its rows to
RESULTS (default: bench/results/MACHINE.csv) and prints the table of targets. -p prints the table of
rows that are there. The bench of nfcapd needs nfdump, to make a large file from datasets/small.
END
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build results='' threads=0 repeats=9 print_only=''
while getopts b:o:t:r:p:h option; do
    case $option in
    b) build=$OPTARG ;;
    o) results=$OPTARG ;;
    t) threads=$OPTARG ;;
    r) repeats=$OPTARG ;;
    p) print_only=$OPTARG ;;
    h) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
    esac
done

# Targets are ratios to the read limit that they were set with: nanoseconds of a target over those of
# the limit beside it. A fresh mapping may take 1 / 0.85, a scan 1 / 0.95.
print_table() {
    awk -F, '
    FNR == NR { if (FNR > 1) { target[$1 "," $2 "," $3] = $4 / $5; order[++n] = $1 "," $2 "," $3 } next }
    FNR > 1 && (!(($1 "," $2 "," $4) in level) || rank($3) >= rank(level[$1 "," $2 "," $4])) {
        key = $1 "," $2 "," $4
        level[key] = $3; ns[key] = $6; limit[key] = $8; ratio[key] = $9
    }
    function rank(cpu) { return cpu == "avx512" ? 3 : cpu == "avx2" ? 2 : 1 }
    END {
        print "| bench | case | threads | variant | ns/record | read limit | ratio | target | measured / target |"
        print "|---|---|--:|---|--:|--:|--:|--:|--:|"
        for (i = 1; i <= n; i++) {
            key = order[i]
            if (!(key in ns))
                continue
            split(key, part, ",")
            printf "| %s | %s | %s | %s | %s | %s | %.2f | %.2f | %.2f |\n", part[1], part[2], part[3], \
                level[key], ns[key], limit[key], ratio[key], target[key], ratio[key] / target[key]
        }
    }' "$root/bench/targets.csv" "$1"
}

if [ -n "$print_only" ]; then
    print_table "$print_only"
    exit 0
fi

machine=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1 | tr -cs '[:alnum:]\n' - | tr '[:upper:]' '[:lower:]')
[ -n "$machine" ] || machine=unknown
results=${results:-$root/bench/results/${machine%-}-$(nproc).csv}
work=$(mktemp -d "${TMPDIR:-/tmp}/weir-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT

for bench in scan log_hist csv_flow filter radix_sort rows flow_hash merge em normal_tail generate; do
    "$build/bench/bench_$bench" 0 "$threads" "$repeats" >"$work/$bench.csv"
done
if command -v nfdump >/dev/null; then
    mkdir "$work/hours"
    for ((i = 0; i < 20; i++)); do
        mkdir "$work/hours/$i"
        cp "$root"/datasets/small/nfcapd.* "$work/hours/$i/"
    done
    nfdump -R "$work/hours" -y -w "$work/flows.nfcapd" >/dev/null
    "$build/bench/bench_nfcapd" "$work/flows.nfcapd" "$threads" "$repeats" >"$work/nfcapd.csv"
fi
mkdir -p "$(dirname "$results")"
awk 'FNR > 1 || NR == 1' "$work"/*.csv >"$results"
print_table "$results"
