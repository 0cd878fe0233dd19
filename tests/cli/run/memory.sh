# SPDX-License-Identifier: GPL-3.0-or-later
# The n-th request for memory fails, for every n: the job ends with exit 1 and one line; what has
# appeared by then is whole, and nothing else is there.
for i in 1 2 3; do
    echo "2, 6, 1, 2, 0, 0, 0, 9, 0, 0, 0, 1, 1024, 80, 1500000000, 1, 1500000001, $i, 3, 400, 0"
done >in.csv
cat >job.yaml <<'END'
output: out
input: in.csv
steps:
  hists: {matrix: {p: {all: "", tcp: prot==6}}, hist: {x: rate, c: rate, filter: $p}, to: $p.key.csv}
  trace: {convert: {out-format: binary}, to: trace}
  later: {hist: {b: 12}, from: trace, to: later.csv}
END
weir run --no-manifest --threads 1 --output want job.yaml
failures=0
passes=0
for ((n = 0; passes < 20 && n < 600; n++)); do
    rm -rf out
    status=0
    WEIR_FAIL_ALLOC=$n "$WEIR" --threads 1 run --no-manifest -q --no-sync job.yaml 2>stderr || status=$?
    if [ -e out ]; then
        for file in $(cd out && find . -type f); do same "out/$file" "want/$file"; done
        [ ! -e out/trace ] || diff -r out/trace want/trace || fail "request $n: half a trace"
    fi
    if [ $status -eq 0 ]; then
        diff -r out want || fail "request $n: exit 0 with other outputs" # it was done without
        passes=$((passes + 1))
        continue
    fi
    passes=0
    failures=$((failures + 1))
    [ $status -eq 1 ] || fail "request $n: exit $status: $(cat stderr)"
    grep -q '^weir: run: .*memory' stderr || fail "request $n: $(cat stderr)"
    [ "$(wc -l <stderr)" -eq 1 ] || fail "request $n: $(cat stderr)"
done
[ "$failures" -ge 60 ] && [ "$n" -lt 600 ] || fail "$failures of $n requests failed"
