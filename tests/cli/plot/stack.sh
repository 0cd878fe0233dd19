# SPDX-License-Identifier: GPL-3.0-or-later
# Stacked components, uniforms that begin or end among them, fill all of the area under the line of
# the model, in the table and in the picture.
need_program gnuplot
need_program python3
mkdir model
{
    echo bin_lo,bin_hi,flows_sum,packets_sum,octets_sum
    for lo in 1 2 3 4 8 16 100 500 1000 6000; do
        echo "$lo,$((lo + 1)),$((9000 / lo)),$((9000 / lo * lo)),$((9000 / lo * lo * 100))"
    done
} >h.csv
echo '[[0.548, "uniform", [0, 1]], [0.3, "uniform", [0, 3]], [0.1, "lognorm", [0.8, 0, 12]], [0.05, "uniform", [40, 460]], [0.002, "uniform", [900, 2000]]]' >model/flows.json
cat >stack.py <<'PYTHON'
import re
tables, name = {}, None
for line in open("out/pdf-flows.dat"):
    if line.startswith("#"):
        name = line.split(": ")[1]
        tables[name] = []
    elif line.strip():
        tables[name].append([float(word) for word in line.split()])
total = dict(tables["model 1, pdf of flows"])
below = dict.fromkeys(total, 0.0)
for k in range(1, 6):
    above = {}
    for x, value, low, high in tables[f"component {k} of flows"]:
        assert low == below[x] and (x not in above or above[x] == high), (k, x, low, high)
        above[x] = high
    below = above
for x, value in total.items():
    want = 0 if value != value else value
    assert abs(below[x] - want) <= 1e-12 + 1e-9 * want, (x, below[x], value)

svg = open("out/pdf-flows.svg").read()

def numbers(text):
    return [tuple(map(float, pair)) for pair in re.findall(r"([\d.]+),([\d.]+)", text)]

def area(points):
    return abs(sum(a * d - b * c for (a, b), (c, d) in zip(points, points[1:] + points[:1]))) / 2

floor, filled = 0, {}
for colour, points in re.findall(r"<polygon fill = '([^']*)' fill-opacity = '0.45\d*' points = '([^']*)'", svg):
    points = numbers(points)
    if len(points) <= 5 and len(set(points)) == 4 and len({x for x, y in points}) == 2 == len({y for x, y in points}):
        continue  # of the key
    floor = max(floor, max(y for x, y in points))
    filled[colour] = filled.get(colour, 0) + area(points)
_, *parts = max(re.findall(r"<path stroke='rgb\(  0,   0,   0\)'  d='M([^']*)'", svg), key=len).split("M")
under = sum((c - a) * (floor - (b + d) / 2) for part in map(numbers, parts)
            for (a, b), (c, d) in zip(part, part[1:]))
assert len(filled) == 5 and min(filled.values()) > 200, filled
assert abs(sum(filled.values()) - under) < 0.01 * under, (filled, under)
PYTHON
weir plot --no-sync --format svg --script --figures pdf-flows -P comp_stack -P comp_labels -O out h.csv model
python3 stack.py || fail "stack"
