# SPDX-License-Identifier: GPL-3.0-or-later
# Records drawn from histograms: frequencies of bins by chi-square, totals within 4.9 standard errors
# (once in a million), and flow-models' lower edges with --compat.
need_program python3
cat >check.py <<'END'
import bisect, csv, math, sys
hist, records, x, rule = sys.argv[1:]
rows = [{k: int(v) for k, v in row.items()} for row in csv.DictReader(open(hist))]
records = [tuple(map(int, line.split(',')))[18:20] for line in open(records)]
n, flows = len(records), sum(r['flows_sum'] for r in rows)
edges, count = [r['bin_lo'] for r in rows], [0] * len(rows)
for record in records:
    value = record[x == 'size']
    i = bisect.bisect(edges, value) - 1
    assert rows[i]['bin_lo'] <= value < rows[i]['bin_hi'], (record, rows[i])
    assert rule != 'compat' or value == rows[i]['bin_lo'], (record, rows[i])
    count[i] += 1
# Bins are put together until 50 records are expected; chi-square by Wilson and Hilferty.
cells, want, got = [], 0, 0
for r, c in zip(rows, count):
    want, got = want + n * r['flows_sum'] / flows, got + c
    if want >= 50:
        cells.append((want, got))
        want, got = 0, 0
cells[-1] = (cells[-1][0] + want, cells[-1][1] + got)
k = len(cells) - 1
chi = sum((got - want) ** 2 / want for want, got in cells)
z = ((chi / k) ** (1 / 3) - 1 + 2 / (9 * k)) / math.sqrt(2 / (9 * k))
assert abs(z) < 4.9, ('chi-square', chi, k, z)
for y, column in enumerate(('packets_sum', 'octets_sum')):
    total = sum(record[y] for record in records)
    mean = sum(r[column] for r in rows) / flows
    variance = sum(record[y] ** 2 for record in records) / n - (total / n) ** 2
    z = (total - n * mean) / math.sqrt(n * variance)
    assert rule == 'compat' or abs(z) < 4.9, (column, z)
END
# Means anywhere in wide bins; packets below 64 octets and above 1522, and flows without packets.
cat >length.csv <<'END'
bin_lo,bin_hi,flows_sum,packets_sum,octets_sum
1,2,500,500,20000
2,4,300,650,60000
4,8,100,420,41000
8,16,50,740,1400000
16,32,40,900,90000
64,256,10,1100,1000000
END
cat >size.csv <<'END'
bin_lo,bin_hi,flows_sum,packets_sum,octets_sum
40,64,300,300,13000
64,128,300,450,20000
128,1024,300,200,160000
1024,4096,100,700,390000
END
for x in length size; do
    weir generate -s 20000 --seed 7 -O got $x.csv
    python3 check.py $x.csv got $x default
    weir generate -s 20000 --seed 7 --compat -x $x -O compat $x.csv
    python3 check.py $x.csv compat $x compat
    ! cmp -s got compat || fail "--compat changes nothing"
done
# Sizes of packets are 64 to 1522 octets with --compat; there is a packet at least.
weir generate -s 2000 --compat -O got length.csv
awk -F, '{ size = $20 / $19; if (size < 64 || size > 1522.5) exit 1 }' got || fail "sizes with --compat"
awk -F, '$19 < 1 { exit 1 }' compat || fail "flows without packets with --compat"

# Several histograms are added up; what x is shows in their sums, and need not be said.
weir generate -s 1000 -O twice length.csv length.csv
weir generate -s 1000 -O once length.csv
same twice once
weir generate -s 1000 -x size -O told size.csv
weir generate -s 1000 --in-format csv_hist -O found - <size.csv
same told found

# Another seed, other records; 1 is the default, and negative ones are good.
for seed in 1 2 -1; do
    weir generate -s 1000 --seed $seed -O seed$seed length.csv
done
same seed1 once
! cmp -s seed1 seed2 || fail "seeds 1 and 2 agree"
! cmp -s seed1 seed-1 || fail "seeds 1 and -1 agree"

need_reference published/histograms
for proto in all udp; do
    for x in length size; do
        hist=$WEIR_REFERENCE/published/histograms/$proto/$x.csv
        weir generate -s 30000 --seed 3 -O got "$hist"
        python3 check.py "$hist" got $x default
    done
done
