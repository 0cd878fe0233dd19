# SPDX-License-Identifier: GPL-3.0-or-later
# Options that make no sense, columns that are missing, bad input, and steps of jobs.
line="2, 6, 1, 2, 0, 0, 0, 9, 0, 0, 0, 1, 1024, 80, 1500000000, 1, 1500000300, 2, 3, 400, 0"
echo "$line" >in.csv
expect_failure 2 "--out-format: expected csv_flow, pipe, binary or none" merge -o nfcapd in.csv
expect_failure 2 "name it with --output" merge -o binary in.csv
expect_failure 2 "expected a number" merge -I x in.csv
expect_failure 2 "expected a number" merge -A -1 in.csv
expect_failure 2 "--rejects: expected another file" merge in.csv -O out.csv --rejects out.csv
expect_failure 2 "--in-format" merge -i csv_hist in.csv
expect_failure 1 "--rejects: " merge in.csv -O out.csv --rejects /dev/full/rejects
[ ! -e out.csv ] || fail "an output without its rejects"

# A column that is not there is named, in a trace and behind a filter.
weir convert -o binary -O in in.csv
rm in/sa2.I in/aggs.I
expect_failure 1 "sa2, aggs" merge in -O out.csv
expect_failure 1 "sa2, aggs" merge --filter-expr af==2 in -O out.csv
[ ! -e out.csv ] || fail "an output without columns"

# Here bad lines are errors, with --rejects or without: it keeps flows.
(echo "$line" && echo "2, 6, x") >bad.csv
expect_failure 1 "bad.csv:2" merge bad.csv -O out.csv --rejects rejects.csv
[ ! -e out.csv ] && [ ! -e rejects.csv ] || fail "outputs in spite of a bad line"

# An output is never a file that is read: not a column of the trace, nor one in a directory.
weir convert -o binary -O trace in.csv
expect_failure 2 "expected another file than the inputs" merge trace -O trace/octets.Q
mkdir directory
cp in.csv directory
expect_failure 2 "expected another file than the inputs" merge directory -O directory/in.csv
# In place: the trace becomes the merged one, a file too.
(echo "$line" && echo "${line/1500000000, 1, 1500000300/1500000301, 1, 1500000302}") >two.csv
weir convert -o binary -O trace two.csv
weir merge two.csv -O want.csv
[ "$(wc -l <want.csv)" -eq 1 ] || fail "not merged"
weir merge -o binary trace -O trace
weir convert trace -O got.csv
same got.csv want.csv
weir merge two.csv -O two.csv
same two.csv want.csv

# Steps of a job, sharing a scan or reading a trace each in its own way; a chain.
(echo "$line" && echo "${line/1500000000, 1, 1500000300/1500000301, 1, 1500000302}") >two.csv
weir convert -o binary -O trace two.csv
for input in two.csv trace; do
    cat >job.yaml <<END
input: $input
output: out
steps:
  merged: {merge: {inactive-timeout: 15, active-timeout: 300, out-format: binary}, to: merged}
  apart:  {merge: {inactive-timeout: 0.5, rejects: out/rejects.csv}, to: apart.csv}
  sizes:  {hist: {x: size, b: 0}, from: merged, to: sizes.csv}
END
    rm -rf out
    mkdir out
    weir run job.yaml
    weir convert out/merged -O got.csv
    same got.csv want.csv
    [ "$(wc -l <out/apart.csv)" -eq 2 ] || fail "job: $(cat out/apart.csv)"
    grep -q "^800,801,1," out/sizes.csv || fail "job: $(cat out/sizes.csv)"
done
