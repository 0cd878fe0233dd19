# SPDX-License-Identifier: GPL-3.0-or-later
# Bounded memory: what does not fit goes through scratch files, with the same bytes. A scratch
# directory that takes no files shows which way was taken.
need_reference trace-8000/expected/sort
need_program python3
mkdir scratch
cat >make.py <<'END'
# 240 copies of the reference trace: sorted, each group of equal records comes 240 times.
import array, os, sys
copies, reference = 240, sys.argv[1]
def read(path):
    a = array.array(path[-1])
    a.frombytes(open(path, 'rb').read())
    return a
columns = {e: read(f'{reference}/trace/{e}') for e in os.listdir(reference + '/trace')}
def write(path, entry, a):
    os.makedirs(path, exist_ok=True)
    with open(f'{path}/{entry}', 'wb') as f:
        a.tofile(f)
for entry, a in columns.items():
    write('trace', entry, a * copies)
for name, keys, reverse in ('first', ['first.I', 'first_ms.H'], False), ('octets', ['octets.Q'], True):
    n = len(columns['first.I'])
    key = lambda i: [columns[k][i] for k in keys]
    order = sorted(range(n), key=key)
    groups, begin = [], 0
    for i in range(1, n + 1):
        if i == n or key(order[i]) != key(order[begin]):
            groups.append(order[begin:i])
            begin = i
    for entry, a in columns.items():
        out = array.array(a.typecode)
        for group in groups:
            out += array.array(a.typecode, (a[i] for i in group)) * copies
        if reverse:
            out.reverse()
        write('want_' + name, entry, out)
END
python3 make.py "$WEIR_REFERENCE/trace-8000"
for name in first octets; do
    options="-k first first_ms"
    [ $name = first ] || options="-k octets --reverse"
    # shellcheck disable=SC2086
    weir sort --memory 2G --scratch /proc $options -O out trace
    diff -r out want_$name
    # shellcheck disable=SC2086
    expect_failure 1 "making a scratch file" sort --memory 64M --scratch /proc $options -O no trace
    [ ! -e no ] || fail "there is an output"
    for threads in 1 2 7; do
        # shellcheck disable=SC2086
        weir sort --memory 64M --scratch scratch --threads $threads $options -I idx_$threads -O out \
            trace
        diff -r out want_$name
        same idx_$threads.I idx_1.I
        cmp idx_$threads.json idx_1.json
    done
    # Staged, in place, as text, and by the index, whose rows do not fit either.
    # shellcheck disable=SC2086
    weir sort --memory 64M --scratch scratch $options -I idx_1 -O out trace
    diff -r out want_$name
    rm idx_*
    cp -r trace copy
    # shellcheck disable=SC2086
    weir sort --memory 64M --scratch scratch $options -O copy copy
    diff -r copy want_$name
    rm -r copy
    # shellcheck disable=SC2086
    weir sort --memory 64M --scratch scratch $options --filter-expr 'prot >= 0' --threads 1 -O out \
        trace
    diff -r out want_$name
    # shellcheck disable=SC2086
    weir sort --memory 64M --scratch scratch $options -o csv_flow -O out.csv trace
    weir convert -O want.csv want_$name
    same out.csv want.csv
done
[ -z "$(ls -A scratch)" ] || fail "scratch files were left behind: $(ls -A scratch)"
