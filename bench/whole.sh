# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2154
# Data and timing for benches of whole commands; sourced in the directory of the data, with weir,
# root, records, runs and python set.

# --- data -------------------------------------------------------------------------------------

make_trace() {
    if [ "$(cat records 2>/dev/null)" != "$records" ]; then
        rm -rf trace trace.csv flows.nfcapd
        "$python" "$root/bench/make_trace.py" trace "$records"
        echo "$records" >records
    fi
}

# The trace, the same as text, and a file of nfdump.
make_data() {
    make_trace
    [ -f trace.csv ] || "$weir" convert trace -o csv_flow -O trace.csv --no-sync 2>/dev/null
    if command -v nfdump >/dev/null && [ ! -f flows.nfcapd ]; then
        make_nfcapd
    fi
    cat trace/* trace.csv flows.nfcapd >/dev/null 2>&1 || true # into the page cache
}

# The sample hour over and over, up to a tenth of the records, in one file written by nfdump.
make_nfcapd() {
    local copies=$((records / 10 / 7107 + 1)) i
    rm -rf hours
    mkdir hours
    for ((i = 0; i < copies; i++)); do
        mkdir "hours/$i"
        cp "$root"/datasets/small/nfcapd.* "hours/$i/"
    done
    nfdump -R hours -y -w flows.nfcapd >/dev/null
    rm -r hours
}

# --- timing -----------------------------------------------------------------------------------

# median OUTPUT COMMAND...: seconds of COMMAND, whose OUTPUT is removed before every run. A run
# before the counted ones warms everything up. What $before names is called before each, untimed.
median() {
    local output=$1 i begin end
    shift
    for ((i = 0; i <= runs; i++)); do
        rm -rf "$output"
        ${before:-true}
        begin=$(date +%s%N)
        "$@" >log 2>&1 || { echo "failed: $*" >&2 && cat log >&2 && exit 1; }
        end=$(date +%s%N)
        [ "$i" -eq 0 ] || echo $((end - begin))
    done | sort -n | awk '{t[NR] = $1} END {printf "%.3f", t[int((NR + 1) / 2)] / 1e9}'
}

# --- report -----------------------------------------------------------------------------------

# The processor and the program.
machine() {
    echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) CPUs; $("$weir" version | head -n 1)"
}
