# SPDX-License-Identifier: GPL-3.0-or-later
# Mistakes are told, with nothing written; what x is; failures of memory and of the output.
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n1,2,50,50,5000\n2,3,20,40,3000\n3,4,10,30,900\n10,12,5,52,9000\n' >h.csv
refuse() {
    expect_failure "$@"
    [ ! -e out.tex ] || fail "an output appeared: $*"
}
refuse 2 "expected PATH" summary -O out.tex
for level in 1.5 -1 0.5x .5 1e-3 0x1 2 1.0000000000000000001 0.0000000000000000001 nan 1.; do
    refuse 2 '--quantiles: expected a number from 0 to 1 such as 0.999' summary -O out.tex h.csv --quantiles 0.5 "$level"
done
refuse 2 "--title: expected one for each of 1 histogram, but found 2" summary -O out.tex --title a --title b h.csv
refuse 2 "--title: expected one for each of 2 histograms, but found 1" summary -O out.tex --title a h.csv h.csv
refuse 2 "expected one of tex, markdown, json, text" summary -O out.tex -o csv h.csv
for option in "--filter-expr prot==6" "--count-in 3" "--shard 1/2" "--salvage" "-c rate"; do
    # shellcheck disable=SC2086
    refuse 2 "has no effect on histograms" summary -O out.tex $option h.csv
done
refuse 2 "column rate: expected it once" summary -O out.tex -c rate -c rate records.csv
refuse 2 "column rate: expected it once" summary -O out.tex -c rate -c rate -c rate -c rate -c rate records.csv
refuse 2 "expected another file than the inputs" summary -O h.csv h.csv
refuse 1 "missing.csv" summary -O out.tex h.csv missing.csv
echo "2, 6, 1, 2, 0, 0, 0, 9, 0, 0, 0, 1, 1024, 80, 1500000000, 1, 1500000001, 2, 3, 400, 0" >records.csv
refuse 1 "records.csv:1: expected the header" summary -O out.tex h.csv records.csv
refuse 1 "h.csv: expected flow records" summary -O out.tex records.csv h.csv
refuse 2 "--title: expected one for each of 1 histogram, but found 2" summary --title a --title b -O out.tex records.csv records.csv

# x is what the means of bins fit; the first bin may be at any place.
sed 2d h.csv >late.csv
weir summary -o text late.csv >got
grep -q '^Flows of length up to (packets)' got || fail "$(cat got)"
grep -qE '^1 +0\.0000 +0\.0000 +0\.0000$' got || fail "$(cat got)"
weir summary --compat late.csv >got
grep -qxF "1 & nan & nan & nan \\\\" got || fail "$(cat got)"
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n1,2,2,7,150\n64,128,1,1,127\n' >other.csv
refuse 2 "other.csv: expected bins with means of packets, octets, duration or rate within their edges" summary -O out.tex other.csv
weir summary -x rate -o text other.csv >got
grep -q '^Flows of rate up to (bps)' got || fail "$(cat got)"
[ "$(grep -c warning stderr)" -eq 0 ] || fail "$(cat stderr)"
weir summary -x size -o text h.csv >got
grep -q '^Flows of size up to (bytes)' got || fail "$(cat got)"
grep -q 'warning: h.csv: bins are taken as those of size' stderr || fail "$(cat stderr)"
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n40,41,2,3,80\n64,128,1,1,127\n' >size.csv
weir summary -o text size.csv >got
grep -q '^Flows of size up to (bytes)' got || fail "$(cat got)"
refuse 1 "size.csv: expected a histogram of length as the first one is, but found one of size" summary -O out.tex h.csv size.csv

# The n-th request for memory fails, for every n: exit 1, one line, no output.
for run in "tex h.csv" "json h.csv" "text records.csv"; do
    kind=${run% *} input=${run#* }
    weir summary -o "$kind" --quantiles 0.5 -O want -- "$input"
    for ((n = 0; n < 300; n++)); do
        status=0
        WEIR_FAIL_ALLOC=$n "$WEIR" --quiet --threads 1 summary -o "$kind" --quantiles 0.5 -O out.tex -- "$input" 2>stderr ||
            status=$?
        if [ $status -eq 0 ]; then
            same out.tex want # a table that memory did not have was done without
            rm out.tex
            [ "$n" -lt 40 ] || break
            continue
        fi
        [ $status -eq 1 ] || fail "request $n: exit $status: $(cat stderr)"
        grep -q '^weir: summary: .*memory' stderr || fail "request $n: $(cat stderr)"
        [ "$(wc -l <stderr)" -eq 1 ] || fail "request $n: $(cat stderr)"
        [ ! -e out.tex ] || fail "request $n: there is an output"
        failures=$((${failures:-0} + 1))
    done
done
[ "${failures:-0}" -ge 60 ] || fail "only $failures requests failed"
echo older >out.tex
if [ -e /dev/full ]; then
    expect_failure 1 "/dev/full" summary -O /dev/full h.csv
fi
mkdir directory
expect_failure 1 "directory" summary -O directory h.csv
[ "$(cat out.tex)" = older ] || fail "an older output was touched"

# A histogram through a pipe is recognised, though not guessed.
weir hist "$WEIR_SOURCE/datasets/small" >piped.csv
status=0
"$WEIR" summary - <piped.csv 2>stderr || status=$?
[ $status -eq 1 ] && grep -q 'found a histogram; .*--in-format csv_hist' stderr || fail "exit $status: $(cat stderr)"
weir summary -i csv_hist - <piped.csv >got
weir summary piped.csv >want
same got want
