# SPDX-License-Identifier: GPL-3.0-or-later
# Merging against a model in Python that follows the definition record by record. First the model
# against flow-models; then weir against the model, in the least memory and through scratch files, on
# many copies of that trace; and on small random traces.
need_reference trace-8000/expected/merge
need_program python3
export PYTHONPATH=$WEIR_SOURCE/tests PYTHONDONTWRITEBYTECODE=1
here=$WEIR_REFERENCE/trace-8000
# model ARGS...: see there.
model() {
    python3 "$WEIR_SOURCE/tests/merge_model.py" "$@"
}
model "$here/trace" got.csv rejects.csv
same got.csv "$here/expected/merge/default.csv"
model "$here/trace.csv" got.csv rejects.csv 5 120
same got.csv "$here/expected/merge/I5-A120.csv"
model "$here/trace" got.csv rejects.csv 15 300 10
same got.csv "$here/expected/merge/ipv6.csv"

# copies.py TRACE OUTPUT N LEAST: N copies of the records whose key has one of LEAST seconds or more.
# Copies differ in the input interface, so that their keys never meet, and take turns record by
# record. One in four is as it was; one comes in reverse order; one has times in steps of 20 s, so
# that parts touch; in one all lasts 30 s longer, so that parts overlap.
cat >copies.py <<'END'
import sys
from merge_model import KEY, read, write
n, least = int(sys.argv[3]), int(sys.argv[4])
rows = read(sys.argv[1])
assert max(row[2] for row in rows) < 100
keys = {row[KEY] for row in rows if row[16] - row[14] >= least}
rows = [row for row in rows if row[KEY] in keys]
assert {row[0] for row in rows} == {2, 10}

def copy(c, i):
    row = list(rows[-1 - i if c % 4 == 1 else i])
    row[2] += 100 * c
    if c % 4 == 2:
        row[14:18] = row[14] // 20 * 20, 0, row[16] // 20 * 20, 0
    elif c % 4 == 3:
        row[16] += 30
    return tuple(row)

write(sys.argv[2], [copy(c, i) for i in range(len(rows)) for c in range(n)])
END
# compare INPUT INACTIVE ACTIVE
compare() {
    local threads scratch_bytes
    rm -rf want want_rejects
    model "$1" want want_rejects "$2" "$3"
    for threads in 1 2 7; do
        weir merge --log json --no-sync --memory 64M --threads $threads -I "$2" -A "$3" "$1" \
            -o binary -O got --rejects got_rejects
        diff -rq got want || fail "$*: $threads threads"
        diff -rq got_rejects want_rejects || fail "$*: $threads threads: rejects"
        scratch_bytes=$(sed -n 's/.*"bytes_scratch": *\([0-9]*\).*/\1/p' stderr)
        [ "$scratch_bytes" -gt 1000000 ] || fail "$*: $scratch_bytes bytes of scratch files"
    done
    echo "$*: $scratch_bytes bytes of scratch files"
}
# With -A 15 every record may be merged; with -A 16 every third.
python3 copies.py "$here/trace" whole 48 0
compare whole 15 16
compare whole 15 15
python3 copies.py "$here/trace" long 480 115
compare long 15 300
compare long 5 120

# Few keys, times that touch, overlap, turn back, and end before they begin; as text and as a trace.
cat >small.py <<'END'
import fractions, os, random, subprocess, sys
from merge_model import merge, to_csv, write
draw = random.Random(3)
GAPS_MS = 0, 0, 0, 1, 1, 250, 999, 1000, 1001, 2000, 2500, 5000
TIMEOUTS = '0', '0.001', '0.25', '1', '1.001', '1.5', '2', '2.5', '5', '15'

def trace():
    keys = [(draw.choice((0, 2, 10)), draw.choice((6, 17)), *draw.choices((0, 1, 65535), k=2),
             *draw.choices((0, 1, 2**32 - 1), k=8), *draw.choices((0, 443, 65535), k=2))
            for _ in range(draw.randint(1, 6))]
    ends = dict.fromkeys(keys, 100000)
    records = []
    for _ in range(draw.choice((0, 1, 2, 3, 10, 30, 60))):
        key = draw.choice(keys)
        begin = ends[key] + draw.choice(GAPS_MS) * draw.choice((1, 1, 1, 1, -1))
        length = draw.choice(GAPS_MS) * draw.choice((1,) * 11 + (-1,))
        if draw.random() < .2:
            begin -= 2 * length
        ends[key] = begin + length
        records.append((*key, *divmod(begin, 1000), *divmod(begin + length, 1000),
                        draw.randrange(4), draw.randrange(2**33), draw.randrange(4)))
    return records

n_joined = n_rejects = 0
for number in range(120):
    records, inactive, active = trace(), draw.choice(TIMEOUTS), draw.choice(TIMEOUTS)
    want = merge(records, *(int(1000 * fractions.Fraction(text)) for text in (inactive, active)))
    source, form = draw.choice((('small.csv', 'csv_flow'), ('small', 'binary')))
    write(source, records)
    command = [os.environ['WEIR'], 'merge', '--no-sync', '--threads', draw.choice('127'),
               '-I', inactive, '-A', active, '-i', form, source,
               '-O', 'out.csv', '--rejects', 'rejects.csv']
    with open('stderr', 'w') as stderr:
        if subprocess.run(command, stderr=stderr).returncode:
            sys.exit(f'trace {number}: {" ".join(command)}\n{to_csv(records)}{open("stderr").read()}')
    for path, expected in zip(('out.csv', 'rejects.csv'), want):
        with open(path) as file:
            got = file.read()
        if got != to_csv(expected):
            sys.exit(f'trace {number}: {" ".join(command)}\n{to_csv(records)}{path}:\n{got}'
                     f'instead of:\n{to_csv(expected)}')
    n_joined += len(records) - sum(map(len, want))
    n_rejects += len(want[1])
print(n_joined, 'records joined,', n_rejects, 'rejected')
assert n_joined > 200 and n_rejects > 200
END
python3 small.py || fail "a small trace"
