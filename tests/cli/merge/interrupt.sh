# SPDX-License-Identifier: GPL-3.0-or-later
# SIGINT and SIGTERM in the middle: exit 130 and 143, no partial output, the older one whole. From a
# stream that does not end, and from a trace that takes long.
need_program python3
line="2, 6, 1, 2, 0, 0, 0, 9, 0, 0, 0, 1, 1024, 80, 1500000000, 1, 1500000001, 2, 3, 400, 0"
echo "$line" >one.csv
weir convert -o binary -O trace one.csv
for column in trace/*; do
    case $column in # holes: zeros that cost nothing
    *.B) truncate -s 2G "$column" ;;
    *.H) truncate -s 4G "$column" ;;
    *.I) truncate -s 8G "$column" ;;
    *.Q) truncate -s 16G "$column" ;;
    esac
done
mkdir out
# interrupted NAME ARGS...: both signals, on 1 and on 3 threads; once it catches signals and works.
interrupted() {
    local name=$1 signal want status pid threads n
    shift
    for threads in 1 3; do
        for signal in INT TERM; do
            want=130
            [ $signal = INT ] || want=143
            echo old >out/old.csv
            python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$WEIR" --threads $threads "$@" <&8 >stdout 2>stderr &
            pid=$!
            for ((n = 0; n < 600; n++)); do
                if [ "$(cat /proc/$pid/comm)" = weir ] &&
                    ((0x$(awk '/^SigCgt:/ {print $2}' /proc/$pid/status) & 1 << 14)); then
                    break
                fi
                sleep 0.05
            done
            sleep 0.3
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
mkfifo fifo
exec 8<>fifo
for ((i = 0; i < 500; i++)); do echo "$line"; done >&8
interrupted "stream" merge -i csv_flow -O out/old.csv --rejects out/rejects.csv -
exec 8</dev/null
interrupted "trace" merge -O out/old.csv --rejects out/rejects.csv trace
