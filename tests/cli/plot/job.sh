# SPDX-License-Identifier: GPL-3.0-or-later
# Steps of a job: plots of histograms that other steps make, and of models that fits make of them.
need_reference trace-8000
cat >job.yaml <<END
input: $WEIR_REFERENCE/trace-8000/trace
output: out
steps:
  hists:
    matrix: {proto: {all: "", tcp: prot==6}}
    hist: {x-value: length, bin-exp: 12, filter-expr: \$proto}
    to: hist/\$proto.key.csv
  models: {fit: {y: [flows, packets, octets], L: 3, iterations: 20}, from: hists, to: fit/\$proto.key}
  plots: {plot: {format: none, pdf-mode: [points]}, from: [hists, models], to: plots/\$proto.key}
  plain: {plot: {format: none, figures: [cdf]}, from: hists, to: plain/\$proto.key}
END
weir run job.yaml
for proto in all tcp; do
    weir plot --format none -P points -O want out/hist/$proto.csv out/fit/$proto
    diff -r want out/plots/$proto || fail "$proto: other plots"
    rm -r want
    [ "$(cd out/plain/$proto && echo *)" = "cdf.dat cdf.gp" ] || fail "$(ls out/plain/$proto)"
done
weir run job.yaml
grep -q '8 of 8 steps are as they were' stderr || fail "pictures are made again: $(cat stderr)"
sed 's/from: \[hists, models\]/from: plain/' job.yaml >wrong.yaml
expect_failure 2 '"plain" writes no histogram or model to read' run wrong.yaml
