# SPDX-License-Identifier: GPL-3.0-or-later
# Tops against brute force in Python, from csv_flow: keys, prefixes, orders, ties, filters, slices,
# formats, at 1, 2 and 7 threads.
need_program python3
cat >brute.py <<'END'
import ipaddress, sys
path, by, order, n = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
names = ('af prot inif outif sa0 sa1 sa2 sa3 da0 da1 da2 da3 sp dp first first_ms last last_ms '
         'packets octets aggs').split()

def address(record, which, prefix):
    words = [record[which + str(i)] for i in range(4)]
    family = {2: 4, 10: 6}.get(record['af'], 0)
    lengths = [int(p) for p in prefix.split(':')] if prefix else [32, 128]
    if len(lengths) == 1:
        lengths = [min(32, lengths[0]), lengths[0]]
    if family == 4:
        net = ipaddress.IPv4Network((words[3], lengths[0]), strict=False)
    else:
        whole = words[0] << 96 | words[1] << 64 | words[2] << 32 | words[3]
        net = ipaddress.IPv6Network((whole, lengths[1]), strict=False)
    value = int(net.network_address) << (96 if family == 4 else 0)
    text = str(net) if net.prefixlen < net.max_prefixlen else str(net.network_address)
    if family == 0:
        text = 'unknown:' + text if value else 'unknown'
    return (family, value), text

sums = {}
for line in open(path):
    record = dict(zip(names, map(int, line.split(','))))
    key, texts = [], []
    for part in by.split(','):
        name, _, prefix = part.partition('/')
        if name in ('sa', 'da'):
            value, text = address(record, name, prefix)
        else:
            value, text = record[name], str(record[name])
        key.append(value)
        texts.append(text)
    entry = sums.setdefault(tuple(key), [','.join(texts), 0, 0, 0])
    entry[1] += 1
    entry[2] += record['packets']
    entry[3] += record['octets']
at = {'flows': 1, 'packets': 2, 'octets': 3}[order]
print(by + ',flows,packets,octets')
for key, entry in sorted(sums.items(), key=lambda item: (-item[1][at], item[0]))[:n]:
    print(*entry, sep=',')
END
cat >make.py <<'END'
import random
random.seed(7)
def words(af):
    if af == 2:
        return 0, 0, 0, random.choice((0, 1, 2**32 - 1, random.getrandbits(32)))
    if af == 0 and random.random() < .5:
        return 0, 0, 0, 0
    return (0x20010db8, random.getrandbits(3) << 29, random.getrandbits(2) << 5,
            random.choice((1, 2**32 - 1, 2**31)))
for i in range(20000):
    af = random.choice((2, 2, 2, 10, 10, 0))
    packets = random.choice((0, 1, 2, random.getrandbits(63), 2**63 - 1))
    octets = random.choice((0, 40, 1500, random.getrandbits(63), 2**63 - 1))
    print(af, random.choice((1, 6, 17, 255)), random.choice((0, 1, 70000)), 0, *words(af),
          *words(af), random.choice((0, 53, 65535)), random.choice((0, 80, 443)),
          1500000000 + i % 5, i % 1000, 1500000009, 0, packets, octets, 0, sep=', ')
END
python3 make.py >made.csv
check() { # FILE BY ORDER N
    python3 brute.py "$1" "$2" "$3" "$4" >want.csv
    for threads in 1 2 7; do
        weir top "$1" --by "$2" --order "$3" -n "$4" -o csv --threads $threads -O got.csv
        same got.csv want.csv
    done
}
check made.csv sa octets 10
check made.csv da flows 100000
check made.csv sa/0 packets 5
check made.csv sa/0:0,da/0:128 flows 50
check made.csv da/8:48,prot packets 1000
check made.csv sa/32:64,da/33,dp octets 100000
check made.csv sa/31:127 flows 100000
check made.csv sa,da,prot,sp,dp octets 100
check made.csv prot flows 10
check made.csv octets,packets flows 100000
check made.csv da3,sa3,first_ms octets 100000
check made.csv sp,da/1,sa/65,dp,inif,outif,last flows 1000

# Formats and threads; the shares.
for format in text json csv; do
    for threads in 1 2 7; do
        weir top made.csv --by sa/16,prot -n 500 -o $format --threads $threads >$format.$threads
    done
    same $format.1 $format.2
    same $format.1 $format.7
done
weir convert made.csv -o binary -O made
weir top made --by sa/16,prot -n 500 -o csv >trace.csv
same trace.csv csv.1
weir top - -i csv_flow --by sa/16,prot -n 500 -o csv <made.csv >stdin.csv
same stdin.csv csv.1
python3 - <<'END'
import json
rows = [line.strip().split(',') for line in open('csv.1')]
document = json.load(open('json.1'))
assert document['order'] == 'octets'
assert len(document['rows']) == len(rows) - 1
for row, want in zip(document['rows'], rows[1:]):
    assert [str(v) for v in row.values()] == want, (row, want)
    assert list(row) == rows[0]
lines = open('text.1').read().splitlines()
head = lines[0].split()
total = document['total']
assert head[:2] == ['top', str(len(rows) - 1)] and head[3] == str(document['n_keys'])
names = {'1': ['icmp'], '6': ['tcp'], '17': ['udp'], '255': []}
for line, want in zip(lines[2:], rows[1:], strict=True):
    cells = [want[0], want[1]] + names[want[1]]
    for name, value in zip(('flows', 'packets', 'octets'), want[2:]):
        share = (int(value) * 20000 + total[name]) // (2 * total[name])
        cells += [value, f'{share // 100}.{share % 100:02}']
    assert line.split() == cells, (line, cells)
widths = {len(line) for line in lines[1:]}
assert len(widths) == 1, widths
END

# Filters and slices.
awk -F, '$2 == 6 && NR > 100 && NR <= 5100' made.csv >part.csv
python3 brute.py part.csv sa/8,dp octets 30 >want.csv
weir top made.csv --by sa/8,dp -n 30 -o csv --skip-in 100 --count-in 5000 \
    --filter-expr 'prot==6' >got.csv
same got.csv want.csv

# Without records.
: >empty.csv
[ "$(weir top empty.csv -o csv)" = "sa,flows,packets,octets" ] || fail "empty, csv"
weir top empty.csv -o json | python3 -c 'import json, sys; assert json.load(sys.stdin)["rows"] == []'
weir top empty.csv | head -1 | grep -qx "top 0 of 0 by octets; in all 0 flows, 0 packets, 0 octets"

need_reference trace-8000
check "$WEIR_REFERENCE/trace-8000/trace.csv" sa octets 10
check "$WEIR_REFERENCE/trace-8000/trace.csv" sa/24,dp packets 25
check "$WEIR_REFERENCE/trace-8000/trace.csv" da,prot flows 2000
