#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Six histograms in one job, timed beside the same six alone; see usage() below.
set -euo pipefail

usage() {
    cat <<'END'
usage: bench/job.sh [-n RECORDS] [-r RUNS] [-t THREADS] [-d DIRECTORY]

Prints a table of median seconds: histograms of length and size of all, TCP and UDP flows, each
alone and all six in one job. Parsing and reading dominate for text, nfcapd files and columns that
are on disk only, and are done once in a job: it should take at most 1.3 times the slowest one
alone. For columns in the page cache it should take at most 0.6 times as long as all six one after
the other.

The data (default 10 million records) are those of bench/peer.sh and lie in DIRECTORY (default: a
temporary one, removed at the end); they are kept and reused where it is given. Outputs are not
flushed to disk. Before each cold run the columns are dropped from the page cache, which file
systems in memory cannot do. Environment: WEIR, the program (default build/weir); PYTHON (python3).
END
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
weir=${WEIR:-$root/build/weir}
python=${PYTHON:-python3}
records=10000000 runs=5 threads=$(nproc) directory=''
while getopts n:r:t:d:h option; do
    case $option in
    n) records=$OPTARG ;;
    r) runs=$OPTARG ;;
    t) threads=$OPTARG ;;
    d) directory=$OPTARG ;;
    h) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
    esac
done
[ -x "$weir" ] || { echo "job.sh: no program $weir; ./bootstrap build makes it" >&2 && exit 1; }
if [ -z "$directory" ]; then
    directory=$(mktemp -d "${TMPDIR:-/tmp}/weir-job.XXXXXX")
    trap 'rm -rf "$directory"' EXIT
fi
mkdir -p "$directory"
cd "$directory"
# shellcheck source=bench/whole.sh
source "$root/bench/whole.sh"

# Ten copies of a file with a tenth of the records.
make_hours() {
    local i
    if [ ! -f flows.nfcapd ] || [ ten -nt flows.nfcapd ]; then
        return
    fi
    rm -rf ten
    mkdir ten
    for ((i = 0; i < 10; i++)); do
        cp flows.nfcapd "ten/nfcapd.20150101000$i"
    done
}

# Drops the columns from the page cache.
chill() {
    local path
    for path in trace/*; do
        dd if="$path" iflag=nocache count=0 status=none
    done
}

filters=('' prot==6 prot==17)

# write_job INPUT: ./job.yaml, whose histograms land in ./out.
write_job() {
    cat >job.yaml <<END
output: out
input: $1
steps:
  hists:
    matrix: {proto: {all: "", tcp: ${filters[1]}, udp: ${filters[2]}}, x: [length, size]}
    hist: {x: \$x, bin-exp: 12, filter-expr: \$proto}
    to: \$proto.key-\$x.csv
END
}

# of_six max|sum: of the numbers on standard input.
of_six() {
    awk -v what="$1" '{ sum += $1; if ($1 > max) max = $1 } END { printf "%.3f", what == "max" ? max : sum }'
}

# row LABEL LIMIT-SLOWEST LIMIT-SUM INPUT: one row; "-" is no limit.
row() {
    local label=$1 limit_slowest=$2 limit_sum=$3 input=$4 slowest sum job x filter
    for x in length size; do
        for filter in "${filters[@]}"; do
            median out "$weir" hist -x $x -b 12 --filter-expr "$filter" -O out/hist.csv --no-sync \
                --threads "$threads" "$input"
            echo
        done
    done >alone
    slowest=$(of_six max <alone)
    sum=$(of_six sum <alone)
    write_job "$input"
    job=$(median out "$weir" run --no-sync --threads "$threads" job.yaml)
    awk -v label="$label" -v slowest="$slowest" -v sum="$sum" -v job="$job" \
        -v limit_slowest="$limit_slowest" -v limit_sum="$limit_sum" 'BEGIN {
        printf "| %-15s | %7.3f | %7.3f | %7.3f | %13.2f | %9.2f | %-13s |\n", label, slowest, sum,
            job, job / slowest, job / sum,
            limit_slowest != "-" ? (job <= limit_slowest * slowest ? "kept" : "missed") \
                " (" limit_slowest ")" : (job <= limit_sum * sum ? "kept" : "missed") " (" limit_sum ")"
    }'
    rm -rf out
}

make_data
make_hours
cat <<END
$(machine)
$records records, --threads $threads, median of $runs runs, seconds

| six histograms  | slowest |     sum |     job | job / slowest | job / sum | limit         |
|-----------------|--------:|--------:|--------:|--------------:|----------:|---------------|
END
if [ -d ten ]; then
    row nfcapd 1.3 - ten
fi
row csv_flow 1.3 - trace.csv
before=chill
row 'columns, cold' 1.3 - trace
before=true
cat trace/* >/dev/null
row 'columns, cached' - 0.6 trace
cat <<END

"slowest" and "sum" are of the six alone. The limit is on job / slowest, and on job / sum for cached
columns.
END
