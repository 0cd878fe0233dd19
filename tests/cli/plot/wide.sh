# SPDX-License-Identifier: GPL-3.0-or-later
# Wide bins, whose exponent the histogram does not tell: points and lines have the edges of the bins,
# as Python computes them from the records.
need_program python3
python3 - >in.csv <<'PYTHON'
import random
random.seed(4)
durations = [0, 0, 0, 1, 1, 2, 3, 5] + [int(random.lognormvariate(8, 3)) for _ in range(400)]
for d in durations:
    last = 5000000 + d
    print(f"2, 6, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 80, 443, 5000, 0, {last // 1000}, {last % 1000}, {2 + d % 7}, {64 + d % 900}, 0")
PYTHON
cat >wide.py <<'PYTHON'
"""wide.py B: the tables in out against the records, in bins of width 2^max(0, bits(x) - B)."""
import bisect, math, sys
from fractions import Fraction

b = int(sys.argv[1])
sums = {}
for line in open("in.csv"):
    f = [int(word) for word in line.split(",")]
    x = (f[16] - f[14]) * 1000 + f[17] - f[15]
    width = 1 << max(x.bit_length() - b, 0)
    lo = x - x % width
    old = sums.get(lo, (lo + width, 0, 0, 0))
    sums[lo] = lo + width, old[1] + 1, old[2] + f[18], old[3] + f[19]
los = sorted(sums)
assert any(sums[lo][0] - lo > 64 for lo in los) and los[0] == 0

def tables(figure):
    found, name = {}, None
    for line in open(f"out/{figure}.dat"):
        if line.startswith("#"):
            name = line[2:].split(": ")[1]
            found[name] = []
        elif line.strip():
            found[name].append(tuple(float(word) for word in line.split()))
    return found

def near(got, want):
    return len(got) == len(want) and all(
        g[0] == w[0] and (abs(g[1] - w[1]) <= 1e-9 * abs(w[1]) or math.isnan(g[1]) and not w[1] > 0)
        for g, w in zip(got, want))

for i, y in enumerate(("flows", "packets", "octets"), 1):
    total = sum(bin[i] for bin in sums.values())
    share = [Fraction(sums[lo][i], total) for lo in los]
    ends = los[1:] + [sums[los[-1]][0]]
    want = {lo: float(s / (end - lo)) for lo, s, end in zip(los, share, ends) if lo > 0}
    got = tables("pdf-" + y)
    points = dict(got["bins"])
    assert len(points) > 0.8 * len(want) and los[1] in points and los[-1] in points, (len(points), len(want))
    assert near(sorted(points.items()), [(x, want[x]) for x in sorted(points)]), (y, [(x, v, want[x]) for x, v in points.items() if abs(v / want[x] - 1) > 1e-9])

    def cdf(x):
        k = bisect.bisect_right(los, x)
        part = Fraction(x - los[k - 1], los[k] - los[k - 1]) * share[k] if k < len(los) else 0
        return sum(share[:k]) + part

    xs = [int(x) for x, _ in got["pdf of " + y]]
    first = share[1] / (sums[los[1]][0] - los[1])
    line = [(xs[0], float(first))] + [(x, float((cdf(x) - cdf(a)) / (x - a))) for a, x in zip(xs, xs[1:])]
    assert xs[0] == los[1] and xs[-1] == los[-1] and near(got["pdf of " + y], line), (y, got["pdf of " + y], line)
PYTHON
for b in 2 12; do
    weir hist -x duration -b $b -O h.csv in.csv
    weir plot --no-sync --format none -x duration --size 300x200 -P points -O out h.csv
    python3 wide.py $b || fail "b = $b"
done
