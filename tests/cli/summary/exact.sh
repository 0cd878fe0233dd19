# SPDX-License-Identifier: GPL-3.0-or-later
# Python's fractions, rounded half to even, say what is right: histograms of narrow and wide bins of
# every x, sums far beyond 64 bits, and both rules for shares.
need_program python3
cat >oracle.py <<'END_OF_FILE'
import csv, json, random, sys
from decimal import Decimal, getcontext
from fractions import Fraction as F
getcontext().prec = 400
Y = 'flows', 'packets', 'octets'
FIRST = {'length': 1, 'size': 64, 'duration': 1, 'rate': 1024}

def text(value, decimals):
    if value is None:
        return None
    scaled = value * 10 ** decimals
    return format(Decimal(round(scaled)).scaleb(-decimals), 'f')

def make(seed, x, largest, scale):
    rng = random.Random(seed)
    column = {'length': 'packets', 'size': 'octets'}.get(x, x)
    names = ['flows', 'packets', 'octets', 'duration', 'rate']
    rows, lo = [], rng.choice([0, 1, 64])
    for _ in range(25):
        width = rng.choice([1, 1, 1, 2, 16, 4096])
        sums = {name: rng.randrange(scale) for name in names}
        sums['flows'] = rng.randrange(1, scale)
        sums[column] = sums['flows'] * lo + rng.randrange((width - 1) * sums['flows'] + 1)
        rows.append([lo, lo + width] + [sums[n] for n in names])
        lo += width + rng.choice([0, 0, 1, 100, largest // 30])
    with open(f'{seed}.csv', 'w') as f:
        w = csv.writer(f, lineterminator='\n')
        w.writerow(['bin_lo', 'bin_hi'] + [n + '_sum' for n in names])
        w.writerows(rows)
    return rows

def share(rows, y, x):
    total = sum(r[2 + y] for r in rows)
    below = sum(r[2 + y] * F(min(max(x + 1 - r[0], 0), r[1] - r[0]), r[1] - r[0]) for r in rows)
    return below / total * 100

def classic(rows, y, x):
    total, seen, points = sum(r[2 + y] for r in rows), 0, []
    for r in rows:
        seen += r[2 + y]
        points.append((r[0], F(seen, total) * 100))
    for (a, p), (b, q) in zip(points, points[1:] + points[-1:]):
        if a <= x < b or x == a:
            return p if x == a else p + (q - p) * F(x - a, b - a)

def quantile(rows, y, p):
    total, seen = sum(r[2 + y] for r in rows), 0
    for lo, hi, *sums in rows:
        if sums[y] and F(seen + sums[y], total) >= p:
            for k in range(1, hi - lo + 1): # values of the bin that are needed
                if (seen * (hi - lo) + sums[y] * k) * p.denominator >= p.numerator * total * (hi - lo):
                    return lo + k - 1
        seen += sums[y]

def facts(rows):
    total = [sum(r[2 + c] for r in rows) for c in range(5)]
    return dict(zip(Y, map(str, total)),
        average_flow_length=text(F(total[1], total[0]), 9),
        average_flow_size=text(F(total[2], total[0]), 9),
        average_flow_duration=text(F(total[3], total[0]), 9),
        average_flow_rate=text(F(total[4], total[0]), 9),
        average_packet_size=text(F(total[2], total[1]), 9))

levels = sys.argv[2].split(',')

def check(seed, x, compat):
    rows = [list(map(int, r)) for r in list(csv.reader(open(f'{seed}.csv')))[1:]]
    got = json.load(open(f'{seed}.{"compat" if compat else "exact"}'), parse_float=str, parse_int=str)
    assert got['x'] == x, got['x']
    column = got['histograms'][0]
    want = facts(rows)
    if compat:
        del want['average_flow_size']
    for key, value in want.items():
        assert column[key] == value, (key, value, column[key])
    assert ('average_flow_size' in column) != compat
    assert len(column['percent_up_to']) == 25
    for i, row in enumerate(column['percent_up_to']):
        point = FIRST[x] << i
        assert row['x'] == str(point)
        for y, name in enumerate(Y):
            want = text((classic if compat else share)(rows, y, point), 9)
            assert row[name] == want, (point, name, want, row[name])
    assert [row['p'] for row in column['quantiles']] == levels
    for row in column['quantiles']:
        for y, name in enumerate(Y):
            want = str(quantile(rows, y, F(row['p'])))
            assert row[name] == want, (row['p'], name, want, row[name])

for seed, (bits, x) in enumerate((b, x) for b in (10, 60, 84) for x in FIRST):
    if sys.argv[1] == 'make':
        make(seed, x, 10 ** (2 + seed % 7), 2 ** bits)
        continue
    for compat in False, True:
        try:
            check(seed, x, compat)
        except AssertionError as error:
            sys.exit(f'seed {seed}, {x}, sums of {bits} bits, compat {compat}: {error}')
END_OF_FILE
levels=0,0.001,0.25,0.5,0.90,0.999,0.999999999999999999,1
python3 oracle.py make $levels
for seed in $(seq 0 11); do
    weir summary -o json --quantiles $levels -O "$seed.exact" "$seed.csv"
    weir summary -o json --compat --quantiles $levels -O "$seed.compat" "$seed.csv"
done
python3 oracle.py check $levels || fail "see above"

# A total of 2^128 and more is told.
max=340282366920938463463374607431768211455
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n1,2,1,1,%s\n' $max >h.csv
weir summary -o text h.csv >got
grep -qE '^Average flow size +'$max'\.000000  bytes$' got || fail "$(cat got)"
echo 2,3,1,2,1 >>h.csv
expect_failure 1 "h.csv: the sum of octets in all bins: expected less than 2^128" summary -O out.tex h.csv
[ ! -e out.tex ] || fail "there is an output"
