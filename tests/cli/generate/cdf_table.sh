# SPDX-License-Identifier: GPL-3.0-or-later
# --cdf-table: the exact shares of a histogram's bins, and a mixture's cdf as Python has it.
cat >h.csv <<'END'
bin_lo,bin_hi,flows_sum,packets_sum,octets_sum
1,2,50,50,5000
2,3,25,50,3000
8,16,25,300,2000
END
weir generate --cdf-table -O got h.csv
# Two ranges that meet above the mean 12 of the last bin: [8, 13) with (5 + 7 - 2 * 4) / 8.
cat >want <<'END'
0 0
1 0.5
2 0.75
7 0.75
12 0.875
15 1
END
same got want
weir generate --cdf-table --compat -O got h.csv
printf '0 0\n1 0.5\n2 0.75\n7 0.75\n8 1\n' >want
same got want
need_program python3
cat >mix.json <<'END'
[[0.5, "uniform", [0, 2]], [0.5, "lognorm", [1.5, 0, 3000]]]
END
cat >check.py <<'END'
import math, sys
points = [(int(x), float(p)) for x, p in (line.split() for line in open(sys.argv[1]))]
assert points[0] == (int(sys.argv[2]) - 1, 0) and points[-1][1] == 1 and points[-2][1] < 1
assert all(x < y and p <= q for (x, p), (y, q) in zip(points, points[1:]))
def cdf(x):
    return (min(x, 2) / 2 + math.erfc(-math.log(x / 3000) / 1.5 / math.sqrt(2)) / 2) / 2
for x, p in points[1:-1]:
    assert abs(p - cdf(x)) < 1e-12, (x, p, cdf(x))
for (x, p), (y, q) in zip(points[1:], points[2:]):
    m = (x + y) // 2
    assert abs(p + (q - p) * (m - x) / (y - x) - cdf(m)) < 1.1e-7, (x, y)
END
mkdir model
cp mix.json model/flows.json
weir generate --cdf-table -O got mix.json
python3 check.py got 1
weir generate --cdf-table -O again model
same again got
weir generate --cdf-table -x size -i mixture -O got mix.json
python3 check.py got 64

# The largest x of a histogram is there, however few flows it has.
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n1,2,%s,%s,%s\n7,8,1,7,448\n9,10,1,9,576\n' \
    1000000000000000000 1000000000000000000 1000000000000000000 >large.csv
weir generate --cdf-table -O got large.csv
[ "$(tail -n 1 got)" = "9 1" ] || fail "$(cat got)"
