# SPDX-License-Identifier: GPL-3.0-or-later
# --log json: every line on stderr is an object; the end report has every count.
need_program python3
for i in 1 2 3 4 5 6 7 8; do
    echo "2, $i, 1, 2, 0, 0, 0, $i, 0, 0, 0, 1, 1024, 80, 1500000000, 1, 1500000001, 2, 3, 400, 0"
done >in.csv
weir --log json convert in.csv --filter-expr 'prot > 2' --skip-in 1 -O out.csv
cp stderr report
"$WEIR" convert --log json nowhere 2>missing && fail "a missing input"
"$WEIR" convert in.csv --filter-expr 'prot >' --log=json 2>usage && fail "a bad filter"
"$WEIR" --nonsense --log json 2>early && fail "a bad option"
"$WEIR" convert $'no\xffwhere"' --log json 2>name && fail "a missing input"
weir --progress --log json convert in.csv -O out2.csv
cp stderr progress
weir --quiet --log json convert in.csv -O out3.csv
[ ! -s stderr ] || fail "quiet: $(cat stderr)"
python3 - <<'PYTHON'
import json, os
def lines(name):
    return [json.loads(line) for line in open(name)]
report, = lines("report")
assert report["level"] == "report" and report["command"] == "convert", report
assert report["records_read"] == 7 and report["records_filtered"] == 1, report
assert report["records_used"] == report["rows_written"] == 6, report
assert report["n_inputs"] == 1 and report["scans"] == 1 and report["row_name"] == "records", report
assert report["bytes_read"] == report["bytes_per_second"] == 0, report  # a part of the input
assert report["bytes_written"] == os.path.getsize("out.csv"), report
for name in ("records_bad_times", "blocks_lost", "bytes_lost", "records_lost", "phantom_lines",
             "notice_lines", "records_skipped", "records_unmapped"):
    assert report[name] == 0, report
assert report["seconds"] > 0 and report["records_per_second"] > 0, report
missing, = lines("missing")
assert missing["level"] == "error" and missing["status"] == "io", missing
assert missing["command"] == "convert" and "nowhere" in missing["message"], missing
usage, = lines("usage")
assert usage["status"] == "usage" and usage["command"] == "convert", usage
early, = lines("early")
assert early["status"] == "usage" and "--nonsense" in early["message"], early
name, = lines("name")
assert "no\\xffwhere" in name["message"], name
whole = lines("progress")[-1]
assert whole["level"] == "report" and whole["bytes_read"] == os.path.getsize("in.csv"), whole
assert whole["bytes_per_second"] > 0, whole
PYTHON
