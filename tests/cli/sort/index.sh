# SPDX-License-Identifier: GPL-3.0-or-later
# An index is used for what it was made for, and refused for anything else.
need_program python3
python3 - <<'END'
import array, os, random
os.mkdir('trace')
os.mkdir('other')
n = 70000
rng = random.Random(1)
for name, top in ('sp.H', 50), ('octets.Q', 2 ** 40), ('prot.B', 3):
    a = array.array(name[-1], (rng.randrange(top) for _ in range(n)))
    a.tofile(open('trace/' + name, 'wb'))
a.tofile(open('other/tag.B', 'wb'))
END
weir sort -k prot sp -I idx -O out trace
[ "$(stat -c %s idx.I)" -eq 280000 ] || fail "size of the index"
before=$(stat -c %Y%i idx.I idx.json)
weir sort -k prot sp -I idx -O again trace
diff -r out again
weir sort -i binary -k prot sp -I idx -O tags other # which has no keys at all
same tags/tag.B out/prot.B
weir sort --threads 3 -k prot,sp -I idx -o none trace
[ "$(stat -c %Y%i idx.I idx.json)" = "$before" ] || fail "the index was written again"

for options in "-k prot" "-k sp prot" "-k prot sp octets"; do
    # shellcheck disable=SC2086
    expect_failure 1 "expected the keys that are sorted by" sort $options -I idx -O no trace
done
expect_failure 1 "descending order" sort -k prot sp --reverse -I idx -O no trace
expect_failure 1 "expected 69999 rows, but found 70000" sort -k prot sp -I idx --skip-in 1 -O no trace
cp idx.json kept.json
echo '{"keys": ["prot"' >idx.json
expect_failure 1 "idx.json" sort -k prot sp -I idx -O no trace
rm idx.json
expect_failure 1 "idx.json" sort -k prot sp -I idx -O no trace
cp kept.json idx.json
cp idx.I idx.Q
expect_failure 1 "expected one index" sort -k prot sp -I idx -O no trace
rm idx.Q
cp idx.I kept.I
head -c 279996 kept.I >idx.I
expect_failure 1 "279996" sort -k prot sp -I idx -O no trace
printf '\377\377\377\377' | dd of=idx.I conv=notrunc bs=4 seek=69999 status=none
expect_failure 1 "of too many at row 69999" sort -k prot sp -I idx -O no trace
head -c 4 kept.I | dd of=idx.I conv=notrunc bs=4 seek=69999 status=none
expect_failure 1 "again at row 69999" sort -k prot sp -I idx -O no trace
[ ! -e no ] || fail "there is an output"
cp kept.I idx.I

# Other records of equal number: refused at the first row that is wrong, whatever the threads.
python3 - <<'END'
import array, os
def read(path):
    values = array.array({'B': 'B', 'H': 'H', 'I': 'I', 'Q': 'Q'}[path[-1]])
    values.frombytes(open(path, 'rb').read())
    return values
def write(values, path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    values.tofile(open(path, 'wb'))
sp, prot, index = read('trace/sp.H'), read('trace/prot.B'), read('idx.I')
keys = [(prot[i], sp[i]) for i in index]
# One record in the middle of the order, and the last one, get keys that belong elsewhere.
for place, row in ('middle', 35000), ('last', 69999):
    changed = array.array('H', sp)
    changed[index[row]] = 999 if place == 'middle' else 0
    write(changed, f'{place}/sp.H')
    write(prot, f'{place}/prot.B')
    print(row if place == 'middle' else row - 1, file=open(place + '.row', 'w'))
# Two equal records in the wrong order; the same records turned around are an order for --reverse.
row = next(i for i in range(65536 - 1024, 70000) if keys[i] == keys[i + 1])
index[row], index[row + 1] = index[row + 1], index[row]
write(index, './swapped.I')
print(row, file=open('swapped.row', 'w'))
END
cp idx.json swapped.json
for threads in 1 2 7; do
    for place in middle last; do
        expect_failure 1 "at row $(<$place.row): the index is of other records" sort \
            --threads $threads -k prot sp -I idx -O no $place
    done
    expect_failure 1 "at row $(<swapped.row): the index" sort --threads $threads -k prot sp \
        -I swapped -O no trace
done
[ ! -e no ] || fail "there is an output of other records"
weir sort -k prot sp --reverse -I down -O descending trace
weir sort -k prot sp --reverse -I down -O descending2 trace
diff -r descending descending2
weir convert --skip-in 1 trace -o binary -O shifted # of equal number with one more at the end
weir convert shifted --count-out 1 -o binary -O one
weir convert shifted one -o binary -O other_trace
expect_failure 1 "the index is of other records" sort -k prot sp --reverse -I down -O no other_trace

# Only an index; of several inputs; and one that cannot be written leaves no trace.
weir sort -k octets -o none -I only trace
weir sort -k octets -I pair --reverse -O two trace trace
[ "$(stat -c %s pair.I)" -eq 560000 ] || fail "index of two inputs"
weir sort -k octets -I only -O with trace
weir sort -k octets -O without trace
diff -r with without
expect_failure 1 "only.I" sort -k octets -I only.I/missing -O no trace
[ ! -e no ] || fail "there is an output"
