#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Lets the system fail the program: tests/faults/run.sh CASE LIBRARY, LIBRARY made from fail.c.
#
# The program runs again and again; each time one more call of a kind fails. Then it must
# either have succeeded, with the right output and no word, or have failed with exit status 1, one
# line of message, older outputs as they were, and nothing else left anywhere.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source_top=${WEIR_SOURCE:-$(cd "$here/../.." && pwd)}
case_name=$1
library=$2
unset WEIR_THREADS
work=$(mktemp -d "${TMPDIR:-/tmp}/weir-faults.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "FAILED: $case_name: $*" >&2
    exit 1
}

skip() {
    echo "SKIPPED: $*"
    exit 77
}

# --- cases ------------------------------------------------------------------------------------
# Each sets `arguments` of the program, which runs in ./w, and makes ./old, how ./w begins.

convert_csv() {
    "$WEIR" convert -q "$source_top/datasets/small" -O in.csv
    piped=$work/in.csv
    mkdir old && echo older >old/out.csv
    arguments=(convert - -O out.csv)
}

convert_binary() {
    mkdir -p old/trace && printf '\1\2' >old/trace/prot.B
    arguments=(convert "$source_top/datasets/small" -o binary -O trace)
}

# Where directories cannot be exchanged, the columns are replaced by a journal.
convert_journal() {
    convert_binary
    export WEIR_FAULT_SWAP=22 # EINVAL
}

convert_new() {
    "$WEIR" convert -q "$source_top/datasets/small" -o binary -O in
    mkdir old
    arguments=(convert ../in -O above/beside/out.csv)
}

cut_trace() {
    "$WEIR" convert -q "$source_top/datasets/small" -o binary -O in
    mkdir -p old/trace && printf '\1\2' >old/trace/prot.B
    arguments=(cut ../in --skip-in 100 --count-in 5000 -O trace)
}

cut_column() {
    "$WEIR" convert -q "$source_top/datasets/small" -o binary -O in
    least=10
    mkdir old && echo older >old/octets.Q
    arguments=(cut ../in/octets.Q --skip-in 500 --count-in 3000 -O octets.Q)
}

info_json() {
    "$WEIR" convert -q "$source_top/datasets/small" -o binary -O in
    mkdir old && echo older >old/out.json
    arguments=(info "$source_top/datasets/small" ../in -o json -O out.json)
}

info_stream() {
    "$WEIR" convert -q "$source_top/datasets/small" -O in.csv
    piped=$work/in.csv
    mkdir old
    arguments=(info - -O out.txt)
}

summary_json() {
    "$WEIR" hist -q -x size -O in.csv "$source_top/datasets/small"
    least=10
    mkdir old && echo older >old/out.json
    arguments=(summary -o json --quantiles '0.5,0.9' -O out.json ../in.csv)
}

top_csv() {
    "$WEIR" convert -q "$source_top/datasets/small" -O in.csv
    piped=$work/in.csv
    mkdir old && echo older >old/out.csv
    arguments=(top - --by 'sa,dp' -n 500 -o csv -O out.csv)
}

top_spill() {
    command -v python3 >/dev/null || skip "no program python3"
    pace=6
    scratch_writes_min=1
    mkdir -p in old/scratch
    python3 - <<'END'
import array
n = 300000
array.array('I', ((i * 40507 % n) * 1999 % 2**32 for i in range(n))).tofile(open('in/sa3.I', 'wb'))
array.array('I', (i * 7919 % 1000003 for i in range(n))).tofile(open('in/da3.I', 'wb'))
array.array('Q', (i * 7919 % 1000003 for i in range(n))).tofile(open('in/octets.Q', 'wb'))
array.array('Q', (1 + i % 5 for i in range(n))).tofile(open('in/packets.Q', 'wb'))
END
    arguments=(top --memory 64M --scratch scratch --by 'sa3,da3' -n 100 -o csv -O out.csv ../in)
}

hist_spill() {
    command -v python3 >/dev/null || skip "no program python3"
    pace=6
    scratch_writes_min=1
    mkdir -p in old/scratch && echo older >old/out.csv
    python3 - <<'END'
import array
n = 300000
array.array('Q', ((i * 40507 % n) * 7919 + 70000 for i in range(n))).tofile(open('in/octets.Q', 'wb'))
array.array('Q', (1 + i % 5 for i in range(n))).tofile(open('in/packets.Q', 'wb'))
END
    arguments=(hist --memory 64M --scratch scratch -x size -b 0 -O out.csv ../in)
}

merge_trace() {
    "$WEIR" convert -q "$source_top/datasets/small" -o binary -O in
    mkdir -p old/trace && printf '\1\2' >old/trace/prot.B
    arguments=(merge ../in -o binary -O trace -A 20)
}

merge_staged() {
    "$WEIR" convert -q "$source_top/datasets/small" -O in.csv
    piped=$work/in.csv
    mkdir -p old/scratch && echo older >old/out.csv
    arguments=(merge --scratch scratch -A 20 - -O out.csv)
}

# Every record is long, and their rows take 36 MB.
merge_spill() {
    command -v python3 >/dev/null || skip "no program python3"
    pace=8
    scratch_writes_min=1
    mkdir -p in old/scratch && echo older >old/out.csv
    python3 - <<'END'
import array
n = 300000
names = ('af.B prot.B inif.H outif.H sa0.I sa1.I sa2.I sa3.I da0.I da1.I da2.I da3.I sp.H dp.H '
         'first.I first_ms.H last.I last_ms.H packets.Q octets.Q aggs.I')
for name in names.split():
    values = [2] * n
    if name in ('first.I', 'last.I'):
        values = range(n)
    if name == 'sa3.I':
        values = [i * 7919 % 65521 for i in range(n)]
    array.array(name[-1], values).tofile(open('in/' + name, 'wb'))
END
    arguments=(merge --memory 64M --scratch scratch -A 15 -O out.csv ../in)
}

# Records of a histogram, drawn and written out.
generate_csv() {
    least=12
    "$WEIR" hist -q -b 6 -O in.csv "$source_top/datasets/small"
    mkdir old && echo older >old/out.csv
    arguments=(generate -s 70000 --arrivals poisson:9 --sources 10.0.0.0/8 ../in.csv -O out.csv)
}

generate_binary() {
    least=12
    "$WEIR" hist -q -b 6 -O in.csv "$source_top/datasets/small"
    mkdir -p old/trace && printf '\1\2' >old/trace/prot.B
    arguments=(generate -s 0 ../in.csv -o binary -O trace)
}

# Records of a model on their way to a step that makes a histogram of them.
run_generate() {
    mkdir -p in old/out && echo older >old/out/size.csv
    "$WEIR" fit -q -L 2 -i 20 -y flows packets octets -O in "$source_top/datasets/small"
    cat >job.yaml <<END
output: w/out
steps:
  drawn: {generate: {flows: 50000}, input: in}
  hist: {hist: {x: size, b: 12}, from: drawn, to: size.csv}
END
    arguments=(run --no-manifest ../job.yaml)
}

sort_trace() {
    "$WEIR" convert -q "$source_top/datasets/small" -o binary -O in
    mkdir -p old/trace && printf '\1\2' >old/trace/prot.B
    arguments=(sort ../in -k 'octets,first' -O trace)
}

# In place; `new` is the sorted trace, `old` the one as it was.
sort_place() {
    mkdir old
    "$WEIR" convert -q "$source_top/datasets/small" -o binary -O old/trace
    arguments=(sort trace -k 'sa3,dp' --reverse -O trace)
}

# An index is made, beside the description of one that is gone.
sort_index() {
    "$WEIR" convert -q "$source_top/datasets/small" -o binary -O in
    "$WEIR" sort -q -k 'octets,first' -O want in
    mkdir -p old/trace && printf '\1\2' >old/trace/prot.B
    echo '{"keys": ["sp"], "reverse": false, "rows": 5}' >old/idx.json
    makes_index=yes
    arguments=(sort ../in -k 'octets,first' -I idx -O trace)
}

# An index is used: without the column that it was made by, there is no other way to the order.
sort_indexed() {
    "$WEIR" convert -q "$source_top/datasets/small" -o binary -O in
    "$WEIR" sort -q -k sp --reverse -O want in
    mkdir -p old/trace && printf '\1\2' >old/trace/prot.B
    "$WEIR" sort -q -k sp --reverse -o none -I old/idx in
    rm in/sp.H want/sp.H
    arguments=(sort ../in -k sp --reverse -I idx -O trace)
}

# As many records as just do not fit, and few columns, sorted in place.
sort_spill() {
    command -v python3 >/dev/null || skip "no program python3"
    pace=9
    scratch_writes_min=60
    dense=60
    mkdir -p old/trace old/scratch
    python3 - <<'END'
import array
n = 1700000
array.array('H', (i * 40507 % 65521 for i in range(n))).tofile(open('old/trace/sp.H', 'wb'))
array.array('B', (i % 7 for i in range(n))).tofile(open('old/trace/prot.B', 'wb'))
END
    "$WEIR" sort -q --memory 1G -k sp -O want old/trace
    arguments=(sort --memory 64M --scratch scratch -k sp -O trace trace)
}

# What a job keeps for its later steps, read by a sort.
run_kept() {
    mkdir -p old/out && echo older >old/out/size.csv
    cat >job.yaml <<END
output: w/out
input: $source_top/datasets/small
steps:
  merged: {merge: {active-timeout: 20}}
  sorted: {sort: {key: [octets, first]}, from: merged}
  hist: {hist: {x: size, b: 12}, from: sorted, to: size.csv}
END
    arguments=(run --no-manifest ../job.yaml)
}

# Eight files, of which each is complete or as before.
fit_files() {
    cat >h.csv <<'END'
bin_lo,bin_hi,flows_sum,packets_sum,octets_sum
1,2,50,50,5000
2,3,40,80,3000
3,4,20,60,2000
4,6,15,65,9000
8,9,4,32,2000
END
    mkdir -p old/out && echo older >old/out/packets.report.json
    several_outputs=yes
    arguments=(fit -y flows packets -U 1 -L 1 -i 9 --trace --report json --bootstrap 2 -O out ../h.csv)
}

plot_inputs() {
    mkdir -p in old/figures
    cat >in/h.csv <<'END'
bin_lo,bin_hi,flows_sum,packets_sum,octets_sum
1,2,50,50,5000
2,3,40,80,3000
4,6,15,65,9000
8,9,4,32,2000
END
    echo '[[0.5, "uniform", [0, 1]], [0.5, "lognorm", [0.9, 0, 3]]]' >in/flows.json
    cp in/flows.json in/packets.json
    several_outputs=yes
}

# Scripts and tables of two figures, drawn up in a hidden directory.
plot_scripts() {
    plot_inputs
    echo older >old/figures/cdf.dat
    arguments=(plot --format none --figures cdf avg-packets -y flows packets -O figures
        ../in/h.csv ../in)
}

# Pictures, which a program of the name draws there.
plot_pictures() {
    plot_inputs
    mkdir bin
    cat >bin/gnuplot <<'END'
#!/bin/sh
shift
for script; do
    { echo drawn by; cat "$script"; } >"${script%.gp}.png"
done
END
    chmod +x bin/gnuplot
    export PATH=$work/bin:$PATH
    echo older >old/figures/avg-packets.png
    arguments=(plot --figures cdf avg-packets -y flows packets -O figures ../in/h.csv ../in)
}

# A page of a job that has run: what cannot be read is left out of it. Only the mode file tells which
# histogram belongs to the mixture in m.
report_page() {
    mkdir -p in/out/m old
    cat >in/out/size.csv <<'END'
bin_lo,bin_hi,flows_sum,packets_sum,octets_sum
64,65,50,50,3200
100,104,40,80,4080
1024,2048,4,32,5000
END
    sed 's/^100,.*/128,256,40,80,6000/' in/out/size.csv >in/out/other.csv
    echo '[[0.5, "uniform", [0, 64]], [0.5, "lognorm", [0.9, 0, 80]]]' >in/out/m/flows.json
    echo '{"in_file": "somewhere/size.csv", "max_iter": 100}' >in/out/m/flows.mode
    echo '{"method": "em", "iterations": 57}' >in/out/m/flows.report.json
    echo '{"weir": "0.1", "job": "some", "steps": [{"step": "one", "seconds": 1.5}]}' >in/out/manifest.json
    echo older >old/page.html
    page=page.html
    least=12
    least_left_out=5
    arguments=(report ../in/out -O page.html)
}

run_job() {
    mkdir -p old/out/histograms/tcp && echo older >old/out/histograms/tcp/size.csv
    several_outputs=yes
    arguments=(run --no-manifest "$source_top/datasets/histograms.yaml" --output out)
}

# A job whose manifest says that its first step is done already: the others run, and the page shows
# what the manifest has by then.
run_manifest() {
    local job="output: w/out
input: {path: in.csv, in-format: csv_flow}
steps:
  one: {hist: {x: size, b: 12}, to: one.csv}"
    local record='2, 6, 1, 2, 0, 0, 0, 9, 0, 0, 0, 1, 1024, 80, 1500000000, 1, 1500000001, 2, 3,'
    printf '%s\n' "$record 400, 0" "$record 150, 0" >in.csv
    pace=4
    least=12
    has_manifest=yes
    page=out/page.html
    several_outputs=yes
    arguments=(run ../job.yaml)
    echo "$job" >job.yaml
    mkdir w && run_job_again
    cp -rp w old
    mv old/out/manifest.json manifest.json
    plain_manifest manifest.json >first.json
    job+=$'\n  two: {hist: {x: length}, to: two.csv}'
    echo "$job" >job.yaml
    run_job_again
    plain_manifest w/out/manifest.json >partly.json
    echo "$job"$'\n  page: {report: , to: page.html}' >job.yaml
    echo older >old/out/page.html
}

# Hashes of contents are noted, whatever interrupts the reading.
run_hash() {
    run_manifest
    least=0
    only_interrupts=yes
    arguments=(run --hash ../job.yaml)
}

# --- one run ----------------------------------------------------------------------------------

# Runs the program with the settings in "$@" in a fresh ./w; sets status.
try() {
    rm -rf w fired
    cp -rp old w
    [ $has_manifest = no ] || cp -p manifest.json w/out/manifest.json
    status=0
    (cd w && exec env "LD_PRELOAD=$library" "WEIR_FAULT_FILE=$work/fired" "$@" \
        "$WEIR" --quiet --threads $threads "${arguments[@]}") < <(cat "$piped") >stdout 2>stderr ||
        status=$?
    [ $has_manifest = no ] || take_manifest
}

# Takes out of ./w what differs from run to run.
take_manifest() {
    rm -f now.json
    [ ! -e w/out/manifest.json ] || mv w/out/manifest.json now.json
    [ ! -e w/out/page.html ] ||
        sed -i -E 's/"(seconds|mtime_ns)": [-+.0-9e]+/"\1": 0/g' w/out/page.html
}

# A manifest without times, and without size and hash of the page, which holds some.
plain_manifest() {
    sed -E -e 's/"(seconds|mtime_ns)": [-+.0-9e]+/"\1": 0/; s/"listing": "[0-9a-f]+"/"listing": ""/' \
        -e '/"step": "page"/,$ s/"(bytes|bytes_written)": [0-9]+/"\1": 0/' \
        -e '/"step": "page"/,$ s/"xxh3_128": "[0-9a-f]{32}"/"xxh3_128": ""/' "$1"
}

run_job_again() {
    (cd w && exec "$WEIR" --quiet --threads $threads "${arguments[@]}")
}

# A job may end between two of its outputs: each is then the older one or the new one, and whole.
all_whole() {
    local path
    while read -r path; do
        path=${path#w/}
        cmp -s "w/$path" "new/$path" || cmp -s "w/$path" "old/$path" || return 1
    done < <(find w -type f)
    while read -r path; do
        [ -e "w/${path#old/}" ] || return 1
    done < <(find old -type f)
    [ ! -e w/out/trace ] || diff -r w/out/trace new/out/trace
}

# What the inputs hold.
sums() {
    find . \( -path ./in -o -path './in/*' -o -path ./in.csv \) -type f -exec cksum {} + | sort
}

# Directories that were made for an output that failed may stay: they hold nothing. Hidden ones may
# not.
without_empty() {
    find "$1" -mindepth 1 -type d -empty ! -name scratch ! -name '.*' -delete
}

# An index that is there is the new one, whole, and described; a description alone means nothing.
# Everything else is as it was, and the next run makes all of it.
check_index() {
    local what=$1 leftover
    cmp -s w/idx.json old/idx.json || cmp -s w/idx.json new/idx.json ||
        fail "$what: a broken description: $(cat w/idx.json)"
    if [ -e w/idx.H ]; then
        cmp -s w/idx.json new/idx.json || fail "$what: an index with another's description"
        cmp -s w/idx.H new/idx.H || fail "$what: a broken index"
    fi
    leftover=$(diff -r w old | grep -v -e '^Only in w: idx\.H$' -e '^diff -r w/idx\.json ' \
        -e '^[<>] {' -e '^1c1$' -e '^---$') || true
    [ -z "$leftover" ] || return 1
    n_partly=$((n_partly + 1))
    (cd w && "$WEIR" --quiet --threads $threads "${arguments[@]}") 2>stderr ||
        fail "$what: the next run: $(cat stderr)"
    diff -r w new >differences || fail "$what: after the next run: $(cat differences)"
}

# A page without some of what it should show: it is whole, and says so itself.
check_left_out() {
    local what=$1 line
    n_left_out=$((n_left_out + 1))
    while read -r line; do
        [[ $line == 'weir: warning: '?* ]] || fail "$what: exit 0 with: $line"
        line=${line#weir: warning: }
        grep -qF "${line#page: }" "w/$page" || fail "$what: not on the page: $line" # or of a step "page"
    done <stderr
    [ "$(tail -n 1 "w/$page")" = "$(tail -n 1 "new/$page")" ] || fail "$what: a page without end"
    cp "new/$page" "w/$page"
    diff -r w new >differences || fail "$what: exit 0 with other output: $(cat differences)"
}

# The manifest tells of the steps that are done, be it that it stayed as it was; and the next run,
# which goes by it, makes the rest.
check_manifest() {
    local what=$1
    [ -e now.json ] || fail "$what: no manifest"
    plain_manifest now.json >plain.json
    if [ "$status" -eq 0 ]; then
        cmp -s plain.json whole.json || fail "$what: exit 0 with: $(diff plain.json whole.json)"
        return 0
    fi
    cmp -s now.json manifest.json && diff -rq w old >/dev/null && return 0
    cmp -s plain.json first.json || cmp -s plain.json partly.json || cmp -s plain.json whole.json ||
        fail "$what: manifest: $(cat now.json)"
    mv now.json w/out/manifest.json
    run_job_again 2>again || fail "$what: the next run: $(cat again)"
    take_manifest
    plain_manifest now.json | cmp -s - whole.json || fail "$what: the next manifest: $(cat now.json)"
    diff -r w new >differences || fail "$what: after the next run: $(cat differences)"
}

check() {
    local what=$1
    check_run "$what"
    [ $has_manifest = no ] || check_manifest "$what"
}

check_run() {
    local what=$1 lines
    lines=$(wc -l <stderr)
    if [ "$status" -eq 0 ] && [ "$lines" -gt 0 ] && [ $page != none ]; then
        check_left_out "$what"
        return 0
    fi
    if [ "$status" -eq 0 ]; then
        [ "$lines" -eq 0 ] || fail "$what: exit 0 with: $(cat stderr)"
        diff -r w new >differences || fail "$what: exit 0 with other output: $(cat differences)"
        return 0
    fi
    n_failed=$((n_failed + 1))
    [ "$status" -eq 1 ] || fail "$what: exit $status: $(cat stderr)"
    [ "$lines" -eq 1 ] || fail "$what: $lines lines of message: $(cat stderr)"
    grep -q '^weir: [a-z]*: ..*' stderr || fail "$what: message: $(cat stderr)"
    if [ -e w/trace/.weir-commit/journal ]; then # committed, and not complete
        "$WEIR" info w/trace >/dev/null 2>&1 || fail "$what: the journal cannot be completed"
        diff -r w new >differences && return 0
        fail "$what: committed, but: $(cat differences) ($(cat stderr))"
    fi
    without_empty w
    diff -r w old >differences && return 0
    [ $makes_index = no ] || { check_index "$what" && return 0; }
    # What is in place already when the directory cannot be flushed stays there.
    if grep -q 'flushed' stderr && diff -r w new >/dev/null; then
        return 0
    fi
    [ $several_outputs = yes ] && all_whole && return 0
    fail "$what: exit 1, but: $(cat differences) ($(cat stderr))"
}

# --- all runs ---------------------------------------------------------------------------------

# Lets call number 0, 1, 2, 4, 7, 12, 21, ... fail (at pace 3: 0, 1, 3, 7, 15, ...) until there is none
# of that number.
each_call() {
    local call=$1 error=$2 must=$3 n=0
    [ $only_interrupts = no ] || [ "$error" -eq $eintr ] || return 0
    while :; do
        try "WEIR_FAULT_CALL=$call" "WEIR_FAULT_ERROR=$error" "WEIR_FAULT_NUMBER=$n"
        check "$call $n fails with error $error"
        [ -e fired ] || break
        [ "$must" != go_on ] || { [ "$status" -eq 0 ] && [ ! -s stderr ]; } ||
            fail "$call $n, interrupted: $(cat stderr)"
        n_faults=$((n_faults + 1))
        n=$((n + 1 + n * pace / 3))
    done
    [ "$status" -eq 0 ] || fail "no $call fails, and exit $status: $(cat stderr)"
}

# The disk is full at a write to a file without a name: the message tells which directory that is in.
each_scratch_write() {
    local n=0
    while :; do
        try WEIR_FAULT_CALL=pwrite WEIR_FAULT_NAMELESS=1 "WEIR_FAULT_ERROR=$enospc" \
            "WEIR_FAULT_NUMBER=$n"
        check "scratch write $n fails"
        [ -e fired ] || break
        [ "$status" -eq 1 ] || fail "scratch write $n fails, and exit $status"
        grep -q ': scratch: .*No space left on device' stderr ||
            fail "scratch write $n fails: $(cat stderr)"
        n_faults=$((n_faults + 1))
        n=$((n + 1 + (n < dense ? 0 : n * pace / 3)))
    done
    [ $n -ge $scratch_writes_min ] || fail "only $n scratch writes"
}

each_allocation() {
    local n
    for ((n = 0; n < 1000; n = n + 1 + (n < dense ? 0 : n * pace / 3))); do
        try "WEIR_FAIL_ALLOC=$n"
        check "allocation $n fails"
        [ "$status" -eq 0 ] || grep -q memory stderr || fail "allocation $n fails: $(cat stderr)"
        n_faults=$((n_faults + 1))
    done
}

if ! "$WEIR" version --log json | grep -q '"sanitizers": ""'; then
    skip "a library cannot be preloaded before a sanitizer's"
fi
n_faults=0
n_failed=0
pace=2
least=20 # faults that must be noticed
piped=/dev/null
several_outputs=no
makes_index=no
page=none # it may lack a part that could not be read
least_left_out=0
has_manifest=no
only_interrupts=no
n_left_out=0 # failures that only show as a part that is not there, and a word about it
n_partly=0 # failures that left a good index, or its description
scratch_writes_min=0
dense=0 # numbers below that none is left out of, of requests for memory and scratch writes
threads=2
"$WEIR" --threads 2 version 2>warning >/dev/null
[ ! -s warning ] || threads=1 # a build without OpenMP
"$case_name"
try WEIR_FAULT_NUMBER=-1
[ $status -eq 0 ] || fail "exit $status without any fault: $(cat stderr)"
mv w new
[ $has_manifest = no ] || plain_manifest now.json >whole.json
[ ! -e want ] || diff -r want new/trace
inputs=$(sums)
for short in 1 2; do
    try WEIR_FAULT_SHORT=$short
    [ "$status" -eq 0 ] || fail "short transfers: exit $status: $(cat stderr)"
    check "short transfers"
done
eio=5 eintr=4 enospc=28 enomem=12 exdev=18
for call in read pread; do
    each_call $call $eio may_fail
    each_call $call $eintr go_on
done
for call in write pwrite; do
    each_call $call $enospc may_fail
    each_call $call $eintr go_on
done
each_call copy $enospc may_fail
each_call copy $eintr go_on
each_call copy $exdev go_on
each_call fsync $eio may_fail
each_call fsync $eintr go_on
each_call rename $eio may_fail
[ -z "${WEIR_FAULT_SWAP:-}" ] || each_call unlink $eio may_fail
each_call open $eio may_fail
each_call mkdir $enospc may_fail
each_call mmap $enomem may_fail
each_call close $eio may_fail
each_call close $eintr go_on
[ $only_interrupts = yes ] || each_allocation
[ $scratch_writes_min -eq 0 ] || each_scratch_write
[ "$(sums)" = "$inputs" ] || fail "the input has changed"
[ $makes_index = no ] || [ $n_partly -ge 5 ] || fail "only $n_partly failures after the index"
[ $n_left_out -ge $least_left_out ] || fail "only $n_left_out failures of a part"
[ $n_failed -ge $least ] || fail "only $n_failed of $n_faults faults were noticed"
echo "passed: $case_name, $n_faults faults, $n_failed of them fatal"
