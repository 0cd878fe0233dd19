#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Whole commands of weir, timed beside flow-models, nfdump and cp; see usage() below.
set -euo pipefail

usage() {
    cat <<'END'
usage: bench/peer.sh [-n RECORDS] [-r RUNS] [-d DIRECTORY] [FLOW-MODELS [PYTHON]]

FLOW-MODELS is a checkout of flow-models 2.2, PYTHON an interpreter with its numpy (python3).
Without it weir stands alone, beside nfdump where that is installed and `cp` of the same output.
Prints a table of median seconds. The data (default 10 million records, 2 GB with all outputs) lies
in DIRECTORY (default: a temporary one, removed at the end) and is kept and reused where it is
given. Inputs are in the page cache; outputs are not flushed to disk. Environment: WEIR, the
program (default build/weir).
END
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
weir=${WEIR:-$root/build/weir}
records=10000000 runs=5 directory=''
while getopts n:r:d:h option; do
    case $option in
    n) records=$OPTARG ;;
    r) runs=$OPTARG ;;
    d) directory=$OPTARG ;;
    h) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
    esac
done
shift $((OPTIND - 1))
flow_models=${1:-}
python=${2:-python3}
[ -x "$weir" ] || { echo "peer.sh: no program $weir; ./bootstrap build makes it" >&2 && exit 1; }
if [ -n "$flow_models" ]; then
    flow_models=$(cd "$flow_models" && pwd)
    [ -d "$flow_models/flow_models" ] || { echo "peer.sh: $flow_models is no checkout of flow-models" >&2 && exit 1; }
fi
if [ -z "$directory" ]; then
    directory=$(mktemp -d "${TMPDIR:-/tmp}/weir-peer.XXXXXX")
    trap 'rm -rf "$directory"' EXIT
fi
mkdir -p "$directory"
cd "$directory"

# shellcheck source=bench/whole.sh
source "$root/bench/whole.sh"

ratio() {
    awk -v peer="$1" -v own="$2" 'BEGIN {if (peer == "-" || own <= 0) print "-"; else printf "%.1f\n", peer / own}'
}

# row LABEL PEER-SECONDS OUTPUT WEIR-ARGS...
row() {
    local label=$1 peer=$2 output=$3 one all copy=-
    shift 3
    one=$(median "$output" "$weir" "$@" --threads 1 --no-sync)
    all=$(median "$output" "$weir" "$@" --no-sync)
    if [ -e "$output" ]; then
        copy=$(median copy cp -r "$output" copy)
        rm -rf copy
    fi
    printf '| %-22s | %8s | %8s | %8s | %8s | %8s | %8s |\n' "$label" "$one" "$all" "$copy" "$peer" \
        "$(ratio "$peer" "$one")" "$(ratio "$peer" "$all")"
    rm -rf "$output"
}

# peer OUTPUT TOOL ARGS...: seconds of a flow-models tool, "-" without a checkout.
peer() {
    local output=$1 tool=$2
    shift 2
    if [ -z "$flow_models" ]; then
        echo -
        return
    fi
    PYTHONPATH=$flow_models median "$output" "$python" -m "flow_models.$tool" "$@"
}

nfdump_null() {
    if command -v nfdump >/dev/null; then
        median none nfdump -q -r flows.nfcapd -o null
    else
        echo -
    fi
}

make_data
cat <<END
$(machine)
$records records, median of $runs runs, seconds

| command                | weir, 1  | weir     | cp       | peer     | ratio, 1 | ratio    |
|------------------------|---------:|---------:|---------:|---------:|---------:|---------:|
END
for options in '-x length -b 12' '-x size -b 12' '-x length -b 0'; do
    read -r -a words <<<"$options"
    seconds=$(peer hist.csv hist_np -i binary "${words[@]}" -O hist.csv trace)
    row "hist $options" "$seconds" hist.csv hist trace "${words[@]}" -O hist.csv
done
seconds=$(peer out convert -i csv_flow -o binary -O out trace.csv)
row 'csv_flow to binary' "$seconds" out convert trace.csv -i csv_flow -o binary -O out
seconds=$(peer out.csv convert -i binary -o csv_flow -O out.csv trace)
row 'binary to csv_flow' "$seconds" out.csv convert trace -o csv_flow -O out.csv
if [ -f flows.nfcapd ]; then
    seconds=$(nfdump_null)
    row 'nfcapd to none' "$seconds" none convert flows.nfcapd -o none
fi
cat <<END

"weir, 1" and "ratio, 1" are of --threads 1, "weir" of all CPUs. cp copies what the command wrote.
The peer is flow-models (hist_np, convert); for "nfcapd to none" it is "nfdump -o null".
END
