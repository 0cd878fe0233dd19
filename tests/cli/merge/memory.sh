# SPDX-License-Identifier: GPL-3.0-or-later
# Bounded memory: candidates that do not fit go through scratch files, which the report tells, with
# the same bytes; every request for memory may fail.
need_program python3
cat >make.py <<'END'
import array, os, random
n = 400000
rnd = random.Random(5)
os.mkdir('in')
key = [rnd.randrange(120000) for _ in range(n)]
first = [1500000000 + i // 40 + rnd.randrange(60) for i in range(n)]
columns = {name: [0] * n for name in 'inif.H outif.H sa0.I sa1.I sa2.I da0.I da1.I da2.I'.split()}
columns.update({
    'af.B': [2] * n, 'prot.B': [6] * n, 'sa3.I': [k * 2654435761 % 2**32 for k in key],
    'da3.I': key, 'sp.H': [k % 65536 for k in key], 'dp.H': [443] * n, 'first.I': first,
    'first_ms.H': [rnd.randrange(1000) for _ in range(n)],
    'last.I': [f + rnd.choice((0, 0, 1, 50, -1)) for f in first],
    'last_ms.H': [rnd.randrange(1000) for _ in range(n)],
    'packets.Q': [rnd.randrange(1, 100) for _ in range(n)],
    'octets.Q': [rnd.randrange(40, 100000) for _ in range(n)],
    'aggs.I': [rnd.randrange(3) for _ in range(n)], 'mark.i': list(range(n))})
for name, values in columns.items():
    array.array(name[-1], values).tofile(open('in/' + name, 'wb'))
END
python3 make.py
mkdir scratch
# scratch_bytes: what the last report says.
scratch_bytes() {
    python3 -c 'import json
print(max(json.loads(line).get("bytes_scratch", 0) for line in open("stderr")))'
}
# With -A 15 every record is long; with -A 40 one in five.
for active in 15 40; do
    weir merge --log json --no-sync --memory 4G -A $active in -o binary -O want --rejects want_rejects
    [ "$(scratch_bytes)" -eq 0 ] || fail "scratch files with enough memory"
    for threads in 1 2 7; do
        weir merge --log json --no-sync --memory 64M --scratch scratch --threads $threads -A $active \
            in -o binary -O got --rejects got_rejects
        [ $active -ne 15 ] || [ "$(scratch_bytes)" -gt 10000000 ] || fail "no scratch files"
        diff -r got want || fail "-A $active, $threads threads"
        diff -r got_rejects want_rejects || fail "-A $active, $threads threads: rejects"
    done
    # Staged: the records pass through scratch as well.
    weir merge --no-sync --memory 64M --scratch scratch --threads 2 -A $active --filter-expr af==2 in \
        -o binary -O got
    diff -r got want || fail "-A $active, staged"
done
[ -z "$(ls -A scratch)" ] || fail "scratch files were left behind: $(ls -A scratch)"
expect_failure 1 "making a scratch file" merge --memory 64M --scratch /proc -A 15 in -O got.csv
[ ! -e got.csv ] || fail "an output without its scratch file"

# The n-th request for memory fails, for every n: exit 1, one line, no output, or a good one.
for ((i = 0; i < 300; i++)); do
    echo "2, 6, 1, 2, 0, 0, 0, $((i % 7)), 0, 0, 0, 1, 1024, 80, $((i * 9)), 1, $((i * 9 + i % 5 * 30)), 2, 3, 400, 0"
done >in.csv
weir merge -q -A 30 -O want.csv --rejects want_rejects.csv in.csv
failures=0
for ((n = 0; n < 400; n = n + 1 + n / 12)); do
    status=0
    WEIR_FAIL_ALLOC=$n "$WEIR" -q --threads 1 merge -A 30 -O out.csv --rejects rejects.csv in.csv \
        2>stderr || status=$?
    if [ $status -eq 0 ]; then
        same out.csv want.csv
        same rejects.csv want_rejects.csv
        rm out.csv rejects.csv
        continue
    fi
    failures=$((failures + 1))
    [ $status -eq 1 ] || fail "request $n: exit $status: $(cat stderr)"
    grep -q '^weir: merge: .*memory' stderr || fail "request $n: $(cat stderr)"
    [ "$(grep -cv warning stderr)" -eq 1 ] || fail "request $n: $(cat stderr)"
    [ ! -e out.csv ] && [ ! -e rejects.csv ] || fail "request $n: there is an output"
done
[ $failures -ge 20 ] || fail "only $failures failures"
