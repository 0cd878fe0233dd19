# SPDX-License-Identifier: GPL-3.0-or-later
# Mistakes are shown with place, line and caret, all in one run; nothing runs.
: >empty.csv
cat >job.yaml <<'END'
output: out
input: empty.csv
steps:
  hists:
    matrix: {x: [length, sise]}
    hist: {x: $x, bin-xp: 12}
    to: $x.csv
  fine: {convert: {}, to: fine.csv}
END
cat >want <<'END'
job.yaml:5:26: x-value of hist: expected one of length, size, duration, rate, but found "sise"
    5 |     matrix: {x: [length, sise]}
      |                          ^
job.yaml:6:19: unknown option "bin-xp" of hist, did you mean "bin-exp"?
    6 |     hist: {x: $x, bin-xp: 12}
      |                   ^
weir: run: job.yaml: 2 mistakes in the job file
END
expect_failure 2 "2 mistakes" run job.yaml
grep -v '^try: ' stderr >got
same got want
expect_failure 2 "2 mistakes" run --dry-run job.yaml
grep -v '^try: ' stderr >got
same got want
[ ! -s stdout ] || fail "a plan was printed: $(cat stdout)"
[ ! -e out ] || fail "something ran"

# With --log json every line is an object.
expect_failure 2 "mistakes" run --log json job.yaml
need_program python3
python3 - <<'END'
import json
lines = [json.loads(line) for line in open("stderr")]
assert len(lines) == 2, lines
assert lines[0]["message"] == "".join(open("want").readlines()[:-1]), lines[0]
assert all(line["level"] == "error" and line["status"] == "usage" for line in lines), lines
END

# Mistakes of all jobs are shown before the first one runs.
echo 'steps: {a: {convert: {}, input: empty.csv, to: a.csv}}' >good.yaml
echo 'steps: {b: {convert: {}, input: absent.csv, to: b.csv}}' >bad.yaml
expect_failure 2 "bad.yaml:1:33: no input" run good.yaml bad.yaml job.yaml
grep -qF "job.yaml:6:19" stderr || fail "$(cat stderr)"
[ ! -e good ] || fail "the first job ran"

expect_failure 2 "expected JOB.yaml..., but found no operand" run
expect_failure 2 "--output names the directory of one job" run -O x good.yaml good.yaml
expect_failure 2 "output good/a.csv of a is in the way of a in good.yaml" run good.yaml good.yaml
expect_failure 2 "defines no variable \"x\"" run --let x=1 good.yaml
weir run good.yaml
[ -e good/a.csv ] || fail "no output"

# A warning is no mistake.
echo 'let: {x: 1}' >>good.yaml
weir run good.yaml
grep -qF "good.yaml:2:10: warning: variable \"x\" is never used" stderr || fail "$(cat stderr)"

# Files that options name are looked for beforehand, too.
cat >files.yaml <<'END'
input: empty.csv
steps:
  hist: {hist: {}, to: h.csv}
  made: {generate: {arrivals: "series:absent.csv", rates: no.csv}, from: hist, to: t.csv}
  told: {compare: {hist: [h.csv, none.csv]}, from: hist, to: q.txt}
END
expect_failure 2 "4 mistakes in the job file" run files.yaml
for place in '4:' '4:' '5:'; do
    grep -q "^files.yaml:$place.*no file \"" stderr || fail "$(cat stderr)"
done
grep -qF 'arrivals of generate: no file "absent.csv"' stderr || fail "$(cat stderr)"

# So are keys and arrivals of generate.
while IFS='|' read -r options message; do
    printf 'steps:\n  a: {hist: , input: empty.csv, to: a.csv}\n  b: {generate: {%s}, from: a, to: b.csv}\n' \
        "$options" >keys.yaml
    expect_failure 2 "1 mistake in the job file" run keys.yaml
    grep -qF "keys.yaml:3:7: $message" stderr || fail "no $message in: $(cat stderr)"
    [ ! -e keys ] || fail "a step ran"
done <<'END'
sources: 10.0.0.0/99|--sources:
arrivals: often|--arrivals: expected poisson:RATE
arrivals: "poisson:1", start: soon|--start:
protocols: [tpc]|--protocols:
END
