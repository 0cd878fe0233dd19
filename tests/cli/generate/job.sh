# SPDX-License-Identifier: GPL-3.0-or-later
# Steps of a job: records from histograms and models that other steps make, kept for later steps or
# written; what is no histogram and no model cannot be read.
need_reference trace-8000
cat >job.yaml <<END
input: $WEIR_REFERENCE/trace-8000/trace
output: out
steps:
  hists: {matrix: {x: [length, size]}, hist: {x: \$x, b: 12}, to: hist/\$x.csv}
  models: {fit: {y: [flows, packets, octets], L: 3, i: 20}, from: hists, to: fit/\$x}
  again: {generate: {flows: 0, x: \$x}, from: hists}
  back: {hist: {x: \$x, b: 12}, from: again, to: back/\$x.csv}
  drawn: {generate: {s: 500, x: \$x, seed: 4}, from: models, to: drawn/\$x.csv}
  table: {generate: {cdf-table: true, x: \$x}, from: hists, to: table/\$x}
END
weir run job.yaml
for x in length size; do
    same out/back/$x.csv out/hist/$x.csv
    weir generate -s 500 -x $x --seed 4 -O want out/fit/$x
    same out/drawn/$x.csv want
    weir generate --cdf-table -O want out/hist/$x.csv
    same out/table/$x want
done
cat >wrong.yaml <<END
input: $WEIR_REFERENCE/trace-8000/trace
output: out
steps:
  first: {convert: {}, to: text.csv}
  second: {generate: {s: 5}, from: first, to: drawn.csv}
END
expect_failure 2 '"first" writes no histogram or model to read' run wrong.yaml
sed -i 's/first: {.*/first: {fit: {L: 1}, to: fit}/; s/second: {.*/second: {sort: {key: octets}, from: first, to: x}/' wrong.yaml
expect_failure 2 '"first" writes no flow records to read' run wrong.yaml
cat >mixture.yaml <<END
output: again
steps:
  drawn: {generate: {s: 500, x: size, seed: 4}, input: {path: out/fit/size, in-format: mixture}, to: drawn.csv}
END
weir run mixture.yaml
same again/drawn.csv out/drawn/size.csv
sed -i 's/mixture}/binary}/' mixture.yaml
expect_failure 2 'one of csv_hist, mixture' run mixture.yaml

# Files that options name are relative to the job, and count as inputs.
mkdir jobs
printf '3\n0\n5\n' >jobs/busy.csv
cat >jobs/series.yaml <<'END'
output: timed
steps:
  timed: {generate: {s: 50, arrivals: "series:busy.csv"}, input: ../out/hist/size.csv, to: t.csv}
END
weir run jobs/series.yaml
weir generate -s 50 --arrivals series:jobs/busy.csv -O want out/hist/size.csv
same jobs/timed/t.csv want
(cd / && weir run --dry-run "$OLDPWD/jobs/series.yaml" >"$OLDPWD/plan")
grep -q "series:$PWD/jobs/busy.csv" plan || fail "$(cat plan)"
weir run "$PWD/jobs/series.yaml"
grep -q '1 of 1 steps is as they were' stderr || fail "$(cat stderr)"
printf '3\n0\n9\n' >jobs/busy.csv
weir run jobs/series.yaml
weir generate -s 50 --arrivals series:jobs/busy.csv -O want out/hist/size.csv
same jobs/timed/t.csv want
