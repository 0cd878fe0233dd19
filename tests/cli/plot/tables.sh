# SPDX-License-Identifier: GPL-3.0-or-later
# The numbers behind figures: every table of published histograms and models against the formulas
# computed by Python from the same files. gnuplot is not needed.
need_reference published
need_program python3
cat >check.py <<'PYTHON'
import bisect, csv, json, math, sys

hist_path, model_path, directory, least = sys.argv[1:5]
raw = "raw" in sys.argv[5:]
least = int(least)
Y = ["flows", "packets", "octets"]
rows = list(csv.DictReader(open(hist_path)))
lo = [int(r["bin_lo"]) for r in rows]
hi = [int(r["bin_hi"]) for r in rows]
value = {y: [int(r[y + "_sum"]) for r in rows] for y in Y}
total = {y: sum(value[y]) for y in Y}

def positions(n):
    ratio = (lo[-1] / lo[0]) ** (1 / (n - 1))
    return sorted({round(lo[0] * ratio ** i) for i in range(n - 1)} | {lo[-1]})

def near(got, want, relative=1e-9, absolute=0.0):
    return (math.isnan(got) and math.isnan(want)) or abs(got - want) <= relative * abs(want) + absolute

def tables(name):
    """{comment: rows}"""
    found, comment = {}, None
    for line in open(f"{directory}/{name}.dat"):
        if line.startswith("# "):
            comment = line[2:].split(": ", 1)[1].strip()
            assert comment not in found, comment
            found[comment] = []
        elif line.strip():
            found[comment].append([float(word) for word in line.split()])
    assert all(found.values()), f"{name}: an empty table"
    return found

def check(name, got, want, relative=1e-9, absolute=0.0):
    assert len(got) == len(want), (name, len(got), len(want))
    for g, w in zip(got, want):
        assert len(g) == len(w) and all(near(a, b, relative, absolute) for a, b in zip(g, w)), (name, g, w)

# --- the histogram
grid = positions(128)
cumulative = {}
for y in Y:
    sums, so_far = [], 0
    for v in value[y]:
        so_far += v
        sums.append(so_far)
    cumulative[y] = sums

def interpolated(y, x):
    i = bisect.bisect_left(lo, x)
    if lo[i] == x:
        return cumulative[y][i] / total[y]
    part = (x - lo[i - 1]) / (lo[i] - lo[i - 1])
    return (cumulative[y][i - 1] + part * value[y][i]) / total[y]

cdf = {y: [interpolated(y, x) for x in grid] for y in Y}
quotient = {y: [cdf[y][0]] + [(cdf[y][i] - cdf[y][i - 1]) / (grid[i] - grid[i - 1])
                              for i in range(1, len(grid))] for y in Y}

# --- the model
mix = {}
for y in Y:
    model = json.load(open(f"{model_path}/{y}.json"))
    weight = sum(w for w, _, _ in model["mix"])
    mix[y] = model["sum"], [(w / weight, kind, p) for w, kind, p in model["mix"]]

def tail(kind, p, x):
    """cdf and sf"""
    if kind == "uniform":
        z = min(max((x - p[0]) / p[1], 0), 1)
        return z, 1 - z
    assert kind == "lognorm" and p[1] == 0
    if x <= 0:
        return 0.0, 1.0
    z = math.log(x / p[2]) / p[0] / math.sqrt(2)
    return math.erfc(-z) / 2, math.erfc(z) / 2

def density(kind, p, x):
    if kind == "uniform":
        return 1 / p[1] if p[0] <= x <= p[0] + p[1] else 0.0
    z = math.log(x / p[2]) / p[0]
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi) / x / p[0]

def component_pdf(w, kind, p, x):
    if x >= 1024:
        return w * density(kind, p, x)
    (c1, s1), (c0, s0) = tail(kind, p, x), tail(kind, p, 0 if x <= least else x - 1)
    return w * (c1 - c0 if c1 < 0.5 else s0 - s1)

def model_pdf(y, x):
    return sum(component_pdf(*c, x) for c in mix[y][1])

def model_cdf(y, x):
    return sum(w * tail(kind, p, x)[0] for w, kind, p in mix[y][1])

places = positions(512)

def positive(v):
    return v if v > 0 else math.nan

got = tables("cdf")
for y in Y:
    check("cdf " + y, got.pop(f"cdf of {y}: x, cdf"), list(zip(grid, cdf[y])), 1e-12)
    check("model cdf " + y, got.pop(f"model 1, cdf of {y}: x, cdf"),
          [(x, model_cdf(y, x)) for x in places], 1e-9, 1e-15)
    stacked = [0.0] * len(places)
    for k, (w, kind, p) in enumerate(mix[y][1]):
        want = []
        for i, x in enumerate(places):
            v = w * tail(kind, p, x)[0]
            want.append((x, v, stacked[i], stacked[i] + v))
            stacked[i] += v
        check(f"component {k}", got.pop(f"component {k + 1} of {y}: x, value, stacked from, to"), want, 1e-9, 1e-15)
assert not got, got.keys()

for y in Y:
    got = tables("pdf-" + y)
    check("pdf " + y, got.pop(f"pdf of {y}: x, difference quotient of the cdf"),
          [(x, positive(q)) for x, q in zip(grid, quotient[y])], 1e-9, 1e-13 / grid[0])
    check("model pdf " + y, got.pop(f"model 1, pdf of {y}: x, pdf"),
          [(x, positive(model_pdf(y, x))) for x in places], 1e-8, 1e-18)
    # Points: every one drawn is a bin, and bins that are not drawn have one that is next to them.
    wanted = {}
    for i, v in enumerate(value[y]):
        width = (lo[i + 1] if i + 1 < len(lo) else hi[i]) - lo[i]
        if v > 0:
            wanted[lo[i]] = v / total[y] / (1 if raw else width)
    drawn = got.pop("bins: x, value")
    assert all(near(v, wanted[x], 1e-12) for x, v in drawn)
    assert 0.2 * len(wanted) < len(drawn) <= len(wanted)
    kept = {x for x, v in drawn}
    step_x = math.log(lo[-1] / lo[0]) * 1.09 / 2834 * 1.01
    step_y = math.log(max(wanted.values()) / min(wanted.values())) * 1.2 / 1889
    near_by = sorted(drawn)
    xs = [x for x, v in near_by]
    for x, v in wanted.items():
        if x in kept:
            continue
        a = bisect.bisect_left(xs, x * math.exp(-step_x))
        b = bisect.bisect_right(xs, x * math.exp(step_x))
        assert any(abs(math.log(u / v)) <= step_y for _, u in near_by[a:b]), (y, x, v)
    # Components: those of a uniform begin and end with an edge.
    for k, (w, kind, p) in enumerate(mix[y][1]):
        rows = got.pop(f"component {k + 1} of {y}: x, value, stacked from, to")
        edges = [r for before, r in zip([[0]] + rows, rows) if before[0] == r[0]]
        if kind == "uniform":
            inside = [r for r in rows if component_pdf(w, kind, p, r[0]) > 0]
            assert edges and inside[-1][0] == inside[-2][0] and inside[-1][1] <= inside[-2][1], rows[:20]
            continue
        if edges:  # the density underflows
            continue
        check(f"component {k}", [r[:2] for r in rows],
              [(x, positive(component_pdf(w, kind, p, x))) for x in places], 1e-7, 1e-18)
    assert not got, got.keys()

def average(name, y, of, levels):
    got = tables(name)
    want = [(x, a * total[y] / (b * total[of]) if b > 0 else math.nan)
            for x, a, b in zip(grid, quotient[y], quotient[of])]
    check(name, got.pop("averages from the lines: x, average"), want, 1e-6, 1e-9)
    want = []
    for x in places:
        part, whole = mix[y][0] * model_pdf(y, x), mix[of][0] * model_pdf(of, x)
        want.append((x, part / whole if whole > 0 else math.nan))
    check(name, got.pop("averages of model 1: x, average"), want, 1e-7)
    each = {l: a / b for l, a, b in zip(lo, value[y], value[of])}
    assert all(near(v, each[x], 1e-12) for x, v in got.pop("bins: x, value"))
    if levels:
        for level, v in ("maximum", max(each.values())), ("minimum", min(each.values())), ("average", total[y] / total[of]):
            check(level, got.pop(f"{level} of averages: x, value"), [(lo[0], v), (lo[-1], v)], 1e-12)
    assert not got, got.keys()

average("avg-packets", "packets", "flows", False)
average("avg-octets", "octets", "flows", False)
average("avg-packet_size", "octets", "packets", True)
PYTHON
published=$WEIR_REFERENCE/published
for case in "udp/length 1" "udp/size 64"; do
    read -r name least <<<"$case"
    weir plot --format none -P points -P comp -C comp -O out "$published/histograms/$name.csv" "$published/mixtures/$name"
    python3 check.py "$published/histograms/$name.csv" "$published/mixtures/$name" out "$least" || fail "$name"
    rm -r out
done
weir plot --format none -P points -P comp -C comp --no-normalize -O out "$published/histograms/udp/length.csv" "$published/mixtures/udp/length"
python3 check.py "$published/histograms/udp/length.csv" "$published/mixtures/udp/length" out 1 raw || fail "--no-normalize"
