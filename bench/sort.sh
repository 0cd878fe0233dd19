#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# merge and sort as whole commands, timed beside cp; see usage() below.
set -euo pipefail

usage() {
    cat <<'END'
usage: bench/sort.sh [-n RECORDS] [-N MANY] [-m MEMORY] [-r RUNS] [-d DIRECTORY]

Prints two tables of median seconds. The first is of merge and sort on RECORDS (default 10 million)
of 21 columns, in the order in which flows end, beside cp of what they write. Timeouts of 15 and 5 s
let merge take about 4 % of them for parts of long flows. The second is of a sort that memory cannot
hold: MANY records (default 200 million; a multiple of RECORDS) of 4 columns, in an order that has
nothing to do with time, with --memory MEMORY (default 1G), beside cp of them, twice.

The data lies in DIRECTORY (default: a temporary one, removed at the end) and is kept and reused
where it is given; the defaults take up to 16 GB. Inputs are in the page cache, as far as they fit:
what the second table was measured with is told below it. Outputs are not flushed to disk. Needs GNU
time. Environment: WEIR, the program (default build/weir); PYTHON (python3).
END
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
weir=${WEIR:-$root/build/weir}
python=${PYTHON:-python3}
records=10000000 many=200000000 memory=1G runs=5 directory=''
while getopts n:N:m:r:d:h option; do
    case $option in
    n) records=$OPTARG ;;
    N) many=$OPTARG ;;
    m) memory=$OPTARG ;;
    r) runs=$OPTARG ;;
    d) directory=$OPTARG ;;
    h) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
    esac
done
[ -x "$weir" ] || { echo "sort.sh: no program $weir; ./bootstrap build makes it" >&2 && exit 1; }
[ -x /usr/bin/time ] || { echo 'sort.sh: no /usr/bin/time; on Debian: apt-get install time' >&2 && exit 1; }
[ $((many % records)) -eq 0 ] || { echo "sort.sh: -N $many is no multiple of -n $records" >&2 && exit 2; }
if [ -z "$directory" ]; then
    directory=$(mktemp -d "${TMPDIR:-/tmp}/weir-sort.XXXXXX")
    trap 'rm -rf "$directory"' EXIT
fi
mkdir -p "$directory"
cd "$directory"
# shellcheck source=bench/whole.sh
source "$root/bench/whole.sh"

# --- data -------------------------------------------------------------------------------------

# Columns of the trace in the order of ports and addresses, over and over.
make_many() {
    local column i
    "$weir" sort -k sp da3 sa3 dp -O mixed --no-sync --quiet trace
    mkdir many
    for column in first.I first_ms.H packets.Q octets.Q; do
        for ((i = 0; i < many / records; i++)); do
            cat "mixed/$column"
        done >"many/$column"
    done
    rm -r mixed
}

# Made anew for other numbers of records.
make_inputs() {
    make_trace
    if [ "$(cat inputs 2>/dev/null)" != "$records $many" ]; then
        rm -rf inputs exported mixed many
        "$weir" sort -k last last_ms -O exported --no-sync --quiet trace
        make_many
        echo "$records $many" >inputs
    fi
}

# --- rows -------------------------------------------------------------------------------------

# row WEIR-ARGS...
row() {
    local one all copy
    one=$(median out "$weir" "$@" -O out --no-sync --threads 1 exported)
    all=$(median out "$weir" "$@" -O out --no-sync exported)
    copy=$(median copy cp -r out copy)
    rm -rf out copy
    awk -v label="$*" -v one="$one" -v all="$all" -v copy="$copy" 'BEGIN {
        printf "| %-30s | %7.3f | %7.3f | %7.3f | %12.2f | %9.2f |\n", label, one, all, copy,
            one / copy, all / copy
    }'
}

copy_twice() {
    mkdir copies
    cp -r many copies/one
    cp -r many copies/two
}

# peak COMMAND...: most KiB of memory of its own, mapped files not counted, that COMMAND is seen with.
peak() {
    "$@" >log 2>&1 &
    while awk '/^Rss(Anon|Shmem):/ {n += $2} END {print n + 0}' "/proc/$!/status" 2>/dev/null; do
        sleep 0.02
    done | sort -n | tail -n 1
    wait $!
}

row_many() {
    local command seconds copies own
    command=("$weir" sort -k first first_ms -O out --no-sync --memory "$memory" --scratch . many)
    seconds=$(median out "${command[@]}")
    rm -rf out
    copies=$(median copies copy_twice)
    rm -rf copies
    own=$(peak "${command[@]}")
    rm -rf out
    /usr/bin/time -o usage -f '%M %I %O' "${command[@]}" 2>log
    rm -rf out
    awk -v memory="$memory" -v seconds="$seconds" -v copies="$copies" -v own="$own" \
        -v bytes="$(du -bc many/* | tail -n 1 | cut -f 1)" '{
        printf "| %8s | %8.0f | %8.0f | %7.3f | %6.3f | %8.3f | %15.2f |\n\n", memory, own / 1024,
            $1 / 1024, seconds, bytes / seconds / 1e9, copies, seconds / copies
        printf "%.2f GB of data, of which the last run read %.2f GB from the disk; it wrote %.2f GB.\n",
            bytes / 1e9, $2 * 512 / 1e9, $3 * 512 / 1e9
    }' usage
}

make_inputs
cat <<END
$(machine)
$records records, median of $runs runs, seconds

| command                        | weir, 1 |    weir |      cp | weir, 1 / cp | weir / cp |
|--------------------------------|--------:|--------:|--------:|-------------:|----------:|
END
row merge -A 15 -I 5 -o binary
row sort -k first first_ms
row sort -k sa3 da3 sp dp first
cat <<END

"weir, 1" is of --threads 1, "weir" of all CPUs. cp copies what the command wrote.

$many records of 4 columns, sort -k first first_ms, median of $runs runs, seconds

| --memory | own, MiB | RSS, MiB | seconds |   GB/s | cp twice | weir / cp twice |
|---------:|---------:|---------:|--------:|-------:|---------:|----------------:|
END
row_many
cat <<END
"own" is the most memory without mapped files, "RSS" with the input's pages, which the kernel can take
back. Of $(awk '{gib[$1] = $2 / 1048576} END {printf "%.1f GiB of memory, %.1f GiB are", gib["MemTotal:"], \
    gib["MemAvailable:"]}' /proc/meminfo) free for the page cache; files are on $(stat -f -c %T .).
END
