# SPDX-License-Identifier: GPL-3.0-or-later
# A failing step ends the job: what was done before stays, nothing else appears.
good="2, 6, 1, 2, 0, 0, 0, 1, 0, 0, 0, 1, 1, 80, 1500000000, 1, 1500000001, 2, 3, 400, 0"
for i in $(seq 1 20000); do echo "$good"; done >good.csv
(cat good.csv; echo "2, 6, rubbish"; cat good.csv) >bad.csv
cat >job.yaml <<'END'
output: out
steps:
  first:  {convert: {out-format: binary}, input: good.csv, to: first}
  trace:  {convert: {out-format: binary}, input: bad.csv, to: trace}
  beside: {hist: {b: 12}, input: bad.csv, to: beside.csv}
  later:  {hist: {b: 12}, from: trace, to: later.csv}
END
for threads in 1 2 7; do
    rm -rf out
    expect_failure 1 "bad.csv:20001: " run --no-manifest --threads $threads job.yaml
    grep -qF "scan of step trace and 1 more: " stderr || fail "no step named: $(cat stderr)"
    [ "$(ls -A out)" = first ] || fail "left behind: $(ls -A out)"
done

# Older outputs stay whole.
echo old >out/beside.csv
expect_failure 1 "bad.csv:20001: " run --no-manifest job.yaml
[ "$(cat out/beside.csv)" = old ] || fail "the older output was touched"
[ "$(find out -mindepth 1 -maxdepth 1 | wc -l)" -eq 2 ] || fail "left behind: $(ls -A out)"

# An output directory that cannot be made.
: >file
expect_failure 2 "mistake" run --output file/out job.yaml
expect_failure 1 "absent.yaml: cannot be opened" run absent.yaml
expect_failure 1 "Is a directory" run out
