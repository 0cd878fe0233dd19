# SPDX-License-Identifier: GPL-3.0-or-later
# SIGINT and SIGTERM in the middle of a histogram: exit 130 and 143, no partial histogram, the older
# output whole. From streams that do not end, and from a trace that takes long.
line="2, 6, 1, 2, 0, 0, 0, 9, 0, 0, 0, 1, 1024, 80, 1500000000, 1, 1500000001, 2, 3, 400, 0"
mkdir trace out
truncate -s 200G trace/packets.Q trace/octets.Q # a hole: zeros that cost nothing
cat >job.yaml <<'END'
output: out
input: trace
steps:
  a: {hist: {b: 12}, to: old.csv}
  b: {convert: {out-format: binary, filter-expr: packets > 0}, to: trace}
END
# Waits until process PID is weir, catches SIGTERM (a signal that comes earlier proves nothing), and
# has begun to scan.
await_handlers() {
    local n
    for ((n = 0; n < 600; n++)); do
        if [ "$(cat /proc/"$1"/comm)" = weir ] &&
            ((0x$(awk '/^SigCgt:/ {print $2}' /proc/"$1"/status) & 1 << 14)); then
            sleep 0.3
            return
        fi
        sleep 0.05
    done
    fail "weir did not start"
}
# interrupted NAME ARGS...: both signals, on 1 and on 3 threads.
interrupted() {
    local name=$1 signal want status pid threads
    shift
    for threads in 1 3; do
        for signal in INT TERM; do
            want=130
            [ $signal = INT ] || want=143
            echo old >out/old.csv
            # Without job control a shell's children ignore SIGINT; Python's do not.
            python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$WEIR" --threads $threads "$@" <&8 >stdout 2>stderr &
            pid=$!
            await_handlers $pid
            kill -$signal $pid
            status=0
            wait $pid || status=$?
            [ $status -eq $want ] || fail "$name, SIG$signal: exit $status: $(cat stderr)"
            grep -q "interrupted" stderr || fail "$name: $(cat stderr)"
            [ "$(cat out/old.csv)" = old ] || fail "$name: the older output was touched"
            [ ! -s stdout ] || fail "$name: something on standard output"
            [ "$(ls -A out)" = old.csv ] || fail "$name: left behind: $(ls -A out)"
        done
    done
}
need_program python3
mkfifo fifo
exec 8<>fifo
for ((i = 0; i < 500; i++)); do echo "$line"; done >&8
interrupted "stream" hist -i csv_flow -O out/old.csv -
interrupted "stream to standard output" hist -i csv_flow -
exec 8</dev/null
interrupted "trace" hist -x size -b 12 -O out/old.csv trace
interrupted "job" run job.yaml
