# SPDX-License-Identifier: GPL-3.0-or-later
# The answers of flow-models, from a trace, csv_flow and pipe text, on any number of threads.
need_reference trace-8000/expected/hist
data=$WEIR_REFERENCE/trace-8000

# check NAME ARGS...: all inputs and thread counts must give the bytes of expected/hist/NAME.csv.
check() {
    local name=$1 input threads
    shift
    for input in trace trace.csv trace.pipe; do
        for threads in 1 2 7; do
            weir hist --threads $threads "$@" -O out.csv "$data/$input"
            same out.csv "$data/expected/hist/$name.csv"
        done
    done
    weir hist -i binary "$@" "$data/trace" >stdout.csv
    same stdout.csv out.csv
    weir hist -i csv_flow "$@" - <"$data/trace.csv" >stdin.csv
    same stdin.csv out.csv
}

for b in 0 4 12; do
    check length-b$b -x length -b $b
    check size-b$b --x-value size --bin-exp $b
done
check duration-b12-duration -x duration -b 12 -c duration
check length-b12-tcp -x length -b 12 --filter-expr 'prot==6'
check size-b12-complex -x size -b 12 \
    --filter-expr '((sa3 >= 2510060545) & (sa3 < 3510060566)) | (dp==443)'
check size-b12-arith -x size -b 12 \
    --filter-expr '~(prot==17) & (octets//packets > 0x200) & (80 <= dp)'
check length-b12-cut -x length -b 12 --skip-in 100 --count-in 5000 --skip-out 10 \
    --count-out 2000 --filter-expr 'af==2'

# Sums of rates are sums of doubles there: within 1e-9 of them, or 1.
columns=(-x length -b 12 -c duration -c rate -c aggs)
weir hist "${columns[@]}" -O first.csv "$data/trace"
for input in trace trace.csv trace.pipe; do
    for threads in 1 2 7; do
        weir hist --threads $threads "${columns[@]}" -O out.csv "$data/$input"
        same out.csv first.csv
    done
done
paste -d, first.csv "$data/expected/hist/length-b12-duration-rate-aggs.csv" >both.csv
[ "$(wc -l <first.csv)" -gt 100 ] || fail "the histogram is almost empty"
awk -F, '
    NF != 16 { print "line " NR ": " $0; exit 1 }
    { for (i = 1; i <= 8; i++) {
        apart = $i - $(i + 8)
        if (i == 7 && NR > 1 && (apart < 0 ? -apart : apart) <= 1 + 1e-9 * $(i + 8)) continue
        if ($i "" != $(i + 8) "") { print "line " NR ", field " i ": " $0; exit 1 }
    } }' both.csv || fail "sums of rates differ"

# Options of flow-models that change nothing here, and the other name of the command.
weir hist_np --fft --measure-memory -x size -b 12 -O out.csv "$data/trace"
same out.csv "$data/expected/hist/size-b12.csv"
weir hist -x size -b 12 -o none -O none.csv "$data/trace"
[ ! -e none.csv ] || fail "there is an output"
