# SPDX-License-Identifier: GPL-3.0-or-later
# --from and --to: flows that begin in [from, to), against Python on text and awk on what nfcapd
# files hold; with filters, slices and jobs; mistakes.
need_program python3
need_reference trace-8000/trace.csv
reference=$WEIR_REFERENCE/trace-8000
cat >window.py <<'PYTHON'
import datetime, os, subprocess, sys

weir, reference = os.environ["WEIR"], sys.argv[1]
lines = open(reference + "/trace.csv").read().splitlines(keepends=True)
records = [[int(x) for x in line.split(",")] for line in lines]
begins = [r[14] * 1000 + r[15] for r in records]
ordered = sorted(begins)

def weir_lines(path, *args):
    result = subprocess.run([weir, "convert", *args, path], capture_output=True, text=True)
    assert result.returncode == 0, (args, result.stderr)
    return result.stdout, result.stderr

def utc(ms, hours=0):
    at = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=ms, hours=hours)
    text = at.strftime("%Y-%m-%dT%H:%M:%S.") + "%03d" % (ms % 1000)
    return text + ("%+03d:00" % hours if hours else "Z")

def forms(ms):
    yield "%d.%03d" % divmod(ms, 1000)
    yield utc(ms)
    yield utc(ms, 2)
    yield utc(ms, -7)
    if ms % 1000 == 0:
        yield str(ms // 1000)
        yield utc(ms)[:-5]
    if ms % 100 == 0:
        yield "%d.%d" % (ms // 1000, ms % 1000 // 100)

def check(path, low, high, threads, expr=None):
    """low and high: a text and its ms, or None."""
    want = [line for line, begin, r in zip(lines, begins, records)
            if (low is None or low[1] <= begin) and (high is None or begin < high[1])
            and (expr is None or r[1] == 6)]
    args = ["--threads", str(threads)]
    args += [] if low is None else ["--from", low[0]]
    args += [] if high is None else ["--to", high[0]]
    args += [] if expr is None else ["--filter-expr", expr]
    got, report = weir_lines(path, *args)
    assert got == "".join(want), (path, args, got.count("\n"), len(want))
    assert "%d filtered out" % (len(lines) - len(want)) in report or len(want) == len(lines), report
    return len(want)

edges = [ordered[0], ordered[0] + 1, ordered[2000], ordered[4000] // 1000 * 1000, ordered[6000],
         ordered[-1], ordered[-1] + 1]
assert any(b % 1000 == 0 or b in begins for b in edges)
sizes = set()
for i, a in enumerate(edges):
    for text in forms(a):
        sizes.add(check(reference + "/trace.csv", (text, a), None, 1))
        sizes.add(check(reference + "/trace.csv", None, (text, a), 2))
    for b in edges[i:]:
        for path in reference + "/trace", reference + "/trace.csv":
            for expr in None, "prot == 6":
                sizes.add(check(path, (utc(a), a), ("%d.%03d" % divmod(b, 1000), b), 7, expr))
assert len(sizes) > 20 and 0 in sizes and len(lines) in sizes, sizes
PYTHON
python3 window.py "$reference"

# Slices come behind the window; equal times let nothing through.
begin=$(awk -F', ' '{ print $15 }' "$reference/trace.csv" | sort -n | sed -n 3000p)
awk -F', ' -v from="$begin" '$15 >= from' "$reference/trace.csv" | sed -n 11,510p >want.csv
weir convert --from "$begin" --skip-out 10 --count-out 500 -O got.csv "$reference/trace.csv"
same want.csv got.csv
weir convert --from "$begin" --to "$begin" -O none.csv "$reference/trace.csv"
[ ! -s none.csv ] || fail "an empty window lets records through"

# Flow files: the begins in them are found out by awk.
weir convert "$WEIR_SOURCE/datasets/small" -O all.csv
middle=$(awk -F', ' '{ printf "%d.%03d\n", $15, $16 }' all.csv | sort -n | sed -n "$(($(wc -l <all.csv) / 2))p")
later=$(awk -F', ' '{ print $15 }' all.csv | sort -n | sed -n "$(($(wc -l <all.csv) * 2 / 3))p")
awk -F', ' -v from="$middle" -v to="$later" '{ at = $15 * 1000 + $16 } at >= from * 1000 && at < to * 1000' all.csv >want.csv
[ "$(wc -l <want.csv)" -gt 500 ] || fail "only $(wc -l <want.csv) records in the window"
for threads in 1 2 7; do
    weir convert --threads $threads --from "$middle" --to "$later" -O got.csv "$WEIR_SOURCE/datasets/small"
    same want.csv got.csv
done
weir hist --from "$middle" --to "$later" "$WEIR_SOURCE/datasets/small" >got
weir hist want.csv | same - got

# What cannot be computed does not matter outside the window, and keeps its place inside.
expect_failure 1 "column 3: expected another divisor for '//', but found 0" \
    convert --from "$middle" --filter-expr '1 // (first - first)' all.csv
expect_failure 2 "column 9: expected" convert --from "$middle" --filter-expr 'prot == ' all.csv
weir convert --to 1 --filter-expr '1 // (first - first)' -O got.csv all.csv
[ ! -s got.csv ] || fail "records before 1970"

# Columns: whole seconds need first, others first_ms too.
weir convert -o binary -O t all.csv
rm t/first_ms.*
weir hist --from "$later" --to "$((later + 60)).000" t >/dev/null
expect_failure 1 "first_ms" hist --from "$later.5" t
rm t/first.*
expect_failure 1 "first" hist --from "$later" t

# Mistakes.
expect_failure 2 '--from: expected a time as in 2015-06-10T19:00 or seconds since 1970, but found "noon"' \
    convert --from noon all.csv
for text in '' 2015-06-10 2015-10-10 2015-06-10T25:00 2015-06-10T19:00x 1e9 -1 1.2345 10.0.0.1 1. .5 ' 1'; do
    expect_failure 2 "--to: expected a time" convert "--to=$text" all.csv
done
expect_failure 2 "there is no such date" convert --to 2015-02-30T00:00 all.csv
expect_failure 2 "--to: expected a time at or after --from 2015-06-10T19:00, but found 5" \
    convert --from 2015-06-10T19:00 --to 5 all.csv
weir hist -b 4 all.csv >hist.csv
expect_failure 2 "--from has no effect on histograms" hist --from 5 hist.csv

# Jobs: keys of the command, beside the from and to of the step.
cat >job.yaml <<END
output: out
input: all.csv
steps:
  window: {convert: {from: $middle, to: $later}, to: window.csv}
  same: {hist: {b: 4, from: $middle, to: "$later.000"}, to: same.csv}
  rest: {hist: {b: 4, from: $later}, to: rest.csv}
  again: {hist: {b: 4, to: $later}, from: window, to: again.csv}
END
weir run job.yaml
same want.csv out/window.csv
same out/same.csv out/again.csv
weir hist -b 4 --from "$later" all.csv | same - out/rest.csv
sed -i 's/again: .*/again: {hist: {from: window, to: again.csv}}/' job.yaml
expect_failure 2 'from of a command is a time (a step is named beside the command)' run job.yaml
grep -q 'job.yaml:7:24: ' stderr || fail "$(cat stderr)"
grep -q 'to of a command is a time (an output is named beside the command)' stderr || fail "$(cat stderr)"
