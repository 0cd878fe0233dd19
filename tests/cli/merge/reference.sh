# SPDX-License-Identifier: GPL-3.0-or-later
# What flow-models answers, byte for byte, on 1, 2 and 7 threads, from every input format, as text
# and as a trace, direct and staged; and the counts for a real file, merged by other programs.
need_reference trace-8000/expected/merge
here=$WEIR_REFERENCE/trace-8000
for threads in 1 2 7; do
    for input in "$here/trace" "$here/trace.csv"; do
        weir merge --threads $threads "$input" -O got.csv
        same got.csv "$here/expected/merge/default.csv"
        weir merge --threads $threads -I 5 -A 120 -O got.csv "$input"
        same got.csv "$here/expected/merge/I5-A120.csv"
        weir merge --threads $threads --filter-expr af==10 "$input" >got.csv
        same got.csv "$here/expected/merge/ipv6.csv"
    done
    # Standard input, halves of the input as two, and slices that take all: staged.
    weir merge --threads $threads -i csv_flow - <"$here/trace.csv" >got.csv
    same got.csv "$here/expected/merge/default.csv"
    split -n l/2 "$here/trace.csv" part.
    weir merge --threads $threads part.aa part.ab -O got.csv
    same got.csv "$here/expected/merge/default.csv"
    weir merge --threads $threads --skip-out 0 --count-out 8000 "$here/trace" -O got.csv
    same got.csv "$here/expected/merge/default.csv"
    # A trace as output holds the same records, whatever way it came.
    rm -rf direct staged
    weir merge --threads $threads "$here/trace" -o binary -O direct
    weir merge --threads $threads "$here/trace.csv" -o binary -O staged
    diff -r direct staged
    weir convert direct -O got.csv
    same got.csv "$here/expected/merge/default.csv"
    weir merge --threads $threads "$here/trace" -o none -O unused
    [ ! -e unused ] || fail "-o none writes"
done
# pipe has no aggs, which are 0 in trace.csv as well; the times are the same.
weir merge -i pipe "$here/trace.pipe" -O got.csv
same got.csv "$here/expected/merge/default.csv"
# A range of a trace is merged as if it were all there is.
weir convert --skip-in 1000 --count-in 5000 "$here/trace" -O range.csv
weir merge range.csv -O want.csv
weir merge --skip-in 1000 --count-in 5000 "$here/trace" -O got.csv
same got.csv want.csv

# counts ARGS...: records merged, pairs that touch, pairs in reversed order.
need_program python3
counts() {
    weir merge --log json -o none -O - "$@" >/dev/null
    python3 -c 'import json, sys
for line in open("stderr"):
    report = json.loads(line)
    if report["level"] == "report":
        print(report["records_merged"], report["pairs_touching"], report["pairs_reversed"])'
}
file=$WEIR_REFERENCE/nfcapd/ics-iti.e60.v2-lz4.nfcapd
[ "$(counts "$file")" = "0 0 0" ] || fail "15/300: $(counts "$file")"
[ "$(counts -A 60 "$file")" = "195 8 1" ] || fail "15/60: $(counts -A 60 "$file")"
[ "$(counts -I 30 -A 30 "$file")" = "1662 1224 84" ] || fail "30/30: $(counts -I 30 -A 30 "$file")"
[ "$(counts -I 60 -A 60 "$file")" = "1742 1223 71" ] || fail "60/60: $(counts -I 60 -A 60 "$file")"
