# SPDX-License-Identifier: GPL-3.0-or-later
# Histograms of parts add up to that of the whole, and become coarser as if made so.
line() { echo "2, 6, 0, 0, 0, 0, 0, $1, 0, 0, 0, 2, 80, 443, 100, 1, 200, 2, $2, $3, 0"; }
for i in $(seq 1 30000); do line "$i" $((i % 300 + 1)) $((i * i)); done >a.csv
for b in 0 12 4; do
    weir hist -x size -b $b -c rate -c aggs -O whole$b.csv a.csv a.csv
done
for i in 1 2 3 4 5 6 7; do
    weir hist --shard $i/7 -x size -c rate -c aggs -O part$i.csv a.csv a.csv
done
weir hist -O sum.csv part?.csv
# Sums of rates are rounded down once per part: compare all but that column, and it within 7.
cut -d, -f1-5,7 sum.csv >sum
cut -d, -f1-5,7 whole0.csv | same - sum
paste -d, sum.csv whole0.csv | awk -F, 'NR > 1 && ($13 < $6 || $13 > $6 + 7) { exit 1 }' ||
    fail "sums of rates differ"
for b in 12 4; do
    weir hist -b $b part?.csv >sum.csv
    cut -d, -f1-5,7 sum.csv >sum
    cut -d, -f1-5,7 whole$b.csv | same - sum
    weir hist -b $b -O coarse.csv whole0.csv
    cut -d, -f1-5,7 coarse.csv | same - sum
done
weir hist -b 4 -i csv_hist - <whole12.csv >coarse.csv
cut -d, -f1-5,7 coarse.csv | same - sum

# What does not fit together, or has no effect, is refused; nothing appears.
refuse() {
    expect_failure "$@" -O out.csv
    [ ! -e out.csv ] || fail "an output appeared: $*"
}
weir hist -x size -O plain.csv a.csv
refuse 1 "plain.csv: expected the sums of the histograms before" hist whole0.csv plain.csv
refuse 1 "whole12.csv: expected the bins of the histograms before" hist whole0.csv whole12.csv
refuse 1 "expected bins that fit into those of exponent 12" hist -b 12 whole4.csv
refuse 1 "a.csv" hist plain.csv a.csv
refuse 1 "plain.csv" hist a.csv plain.csv
for option in "--filter-expr prot==6" "--count-in 3" "--shard 1/2" "-x size" "-c rate" "--salvage"; do
    # shellcheck disable=SC2086
    refuse 2 "has no effect on histograms" hist $option plain.csv
done
refuse 1 "plain.csv" convert plain.csv

# As steps of a job: a histogram from histograms.
cat >job.yaml <<'END'
input: a.csv
output: out
steps:
  parts:
    matrix: {shard: {one: 1/2, two: 2/2}}
    hist: {x: size, shard: $shard}
    to: parts/$shard.key.csv
  sum: {hist: {b: 4}, from: parts, to: sum.csv}
END
weir run job.yaml
weir hist -x size -b 4 -O want.csv a.csv
same out/sum.csv want.csv
need_reference published
weir hist -b 12 -O got.csv "$WEIR_REFERENCE/published/histograms/all/length_b0.csv"
same got.csv "$WEIR_REFERENCE/published/histograms/all/length.csv"
