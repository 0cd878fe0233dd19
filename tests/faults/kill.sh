#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Kills the program while it replaces a trace in place: tests/faults/kill.sh COMMAND CASE LIBRARY,
# LIBRARY made from fail.c.
#
# COMMAND is "convert", which reads by way of a scan, or "sort", which has the trace mapped while it
# is replaced. CASE is "exchange", or "journal": the system then refuses to exchange directories, as
# network file systems do. The program is killed right before the n-th call of a kind that changes a
# directory, for every n, and at 50 random moments. Whatever the moment, the next command must find
# the old trace or the new one, whole, and the next run of COMMAND must leave the new one and nothing
# else.
set -euo pipefail
command=$1
case_name=$2
library=$3
unset WEIR_THREADS
work=$(mktemp -d "${TMPDIR:-/tmp}/weir-kill.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "FAILED: $command, $case_name: $*" >&2
    exit 1
}

skip() {
    echo "SKIPPED: $*"
    exit 77
}

command -v python3 >/dev/null || skip "no program python3"
if ! "$WEIR" version --log json | grep -q '"sanitizers": ""'; then
    skip "a library cannot be preloaded before a sanitizer's"
fi
case $case_name in
exchange) swap=0 ;;
journal) swap=22 ;; # EINVAL
*) fail "no such case" ;;
esac
arguments=("$command" -q --threads 1)
case $command in
convert) arguments+=(--filter-expr 'prot == 0' -o binary) ;;
sort) arguments+=(-k packets) ;;
*) fail "no such command" ;;
esac
arguments+=(-O trace trace)

# The new trace has half the records of the old one and a column in another width, or all of them in
# the order of packets; both are made here, and compared byte by byte.
python3 - "$command" <<'END'
import array, os, sys
n = 70000
def column(path, code, values):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    array.array(code, values).tofile(open(path, 'wb'))
sorts = sys.argv[1] == 'sort'
new = sorted(range(n), key=lambda i: i % 97) if sorts else range(0, n, 2)
for place, kept in (('old', range(n)), ('new', new)):
    inif = 'I' if sorts or place == 'old' else 'H'
    column(f'{place}/trace/packets.Q', 'Q', (1 + i % 97 for i in kept))
    column(f'{place}/trace/prot.B', 'B', (i % 2 for i in kept))
    for name in ('first', 'last', 'sa3', 'da3'):
        column(f'{place}/trace/{name}.I', 'I', (i * 31 + len(name) for i in kept))
    column(f'{place}/trace/inif.{inif}', inif, (i % 1000 for i in kept))
END

replace() {
    (cd w && exec env "LD_PRELOAD=$library" "WEIR_FAULT_SWAP=$swap" "$@" "$WEIR" "${arguments[@]}")
}

# Reading must show one of the two traces, and complete what is left to be completed.
check_read() {
    local what=$1
    (cd w && "$WEIR" info trace >../info 2>../stderr) || fail "$what: $(cat stderr)"
    if diff -r w/trace old/trace >/dev/null; then
        n_old=$((n_old + 1))
    elif diff -r w/trace new/trace >differences; then
        n_new=$((n_new + 1))
    else
        fail "$what: neither the old nor the new trace: $(cat differences)"
    fi
}

# The next run sweeps away what the killed one has left.
check_next() {
    local what=$1
    replace WEIR_FAULT_NUMBER=-1 || fail "$what: the next $command failed"
    diff -r w new >differences || fail "$what: after the next $command: $(cat differences)"
}

kill_at_calls() {
    local call=$1 n=0 status
    while :; do
        rm -rf w fired
        cp -r old w
        status=0
        replace "WEIR_FAULT_CALL=$call" WEIR_FAULT_ERROR=0 "WEIR_FAULT_NUMBER=$n" \
            "WEIR_FAULT_FILE=$work/fired" 2>stderr || status=$?
        [ -e fired ] || break
        [ "$status" -eq 137 ] || fail "$call $n: exit $status instead of a kill"
        n_kills=$((n_kills + 1))
        # Every other time $command comes next: it must cope on its own.
        [ $((n % 2)) -eq 1 ] || check_read "killed before $call $n"
        check_next "killed before $call $n"
        n=$((n + 1))
    done
    [ "$status" -eq 0 ] || fail "no $call, and exit $status: $(cat stderr)"
    diff -r w new >/dev/null || fail "not killed, but not the new trace"
}

kill_at_random() {
    local i delay
    RANDOM=1
    for ((i = 0; i < 50; i++)); do
        rm -rf w
        cp -r old w
        (cd w && exec env "LD_PRELOAD=$library" "WEIR_FAULT_SWAP=$swap" "$WEIR" \
            "${arguments[@]}") & # not by way of replace: $! must be the program
        delay=$(printf '0.%03d' $((RANDOM % longest_ms)))
        sleep "$delay"
        kill -KILL $! 2>/dev/null || true
        wait $! 2>/dev/null || true
        n_kills=$((n_kills + 1))
        check_read "killed after $delay s"
        check_next "killed after $delay s"
    done
}

n_kills=0
n_old=0
n_new=0
for call in mkdir open rename unlink rmdir fsync close; do
    kill_at_calls $call
done
[ $n_old -gt 0 ] && [ $n_new -gt 0 ] || fail "$n_old old and $n_new new traces only"
started=$(date +%s%N)
rm -rf w
cp -r old w
replace WEIR_FAULT_NUMBER=-1
longest_ms=$((($(date +%s%N) - started) / 1000000 + 1))
[ $longest_ms -lt 999 ] || longest_ms=999
kill_at_random
echo "passed: $command, $case_name, $n_kills kills, $n_old old and $n_new new traces"
