# SPDX-License-Identifier: GPL-3.0-or-later
# Components are a list, in order: equal ones are drawn each, and bins and places of x come once,
# ascending.
need_program python3
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n1,2,50,50,5000\n2,4,20,60,3000\n9,12,10,90,900\n300,301,4,1200,9000\n' >h.csv
mkdir model
echo '[[0.2, "lognorm", [1, 0, 40]], [0.3, "uniform", [0, 4]], [0.2, "lognorm", [0.5, 0, 3]], [0.3, "uniform", [0, 4]]]' >model/flows.json
weir plot --no-sync --format none -y flows -P comp -P comp_stack -P comp_labels -C comp -C comp_stack -C comp_labels -O out -- h.csv model
cat >order.py <<'PYTHON'
import math, re
weights, kinds = [0.2, 0.3, 0.2, 0.3], ["lognorm", "uniform", "lognorm", "uniform"]

def cdf(k, x):
    if kinds[k] == "uniform":
        return min(x / 4, 1)
    shape, scale = ((1, 40), None, (0.5, 3))[k]
    return math.erfc(-math.log(x / scale) / shape / math.sqrt(2)) / 2 if x > 0 else 0

for figure in "cdf", "pdf-flows":
    tables, order, name = {}, [], None
    for line in open(f"out/{figure}.dat"):
        if line.startswith("#"):
            name = line[2:].split(": ")[1]
            assert name not in tables, name
            tables[name] = []
            order.append(name)
        elif line.strip():
            tables[name].append([float(word) for word in line.split()])
    assert order[:4] == [f"component {k} of flows" for k in (1, 2, 3, 4)], order
    below = {}
    for k in range(4):
        rows = tables[f"component {k + 1} of flows"]
        # The edge of a uniform is one more row at its x.
        places = [r for i, r in enumerate(rows) if i + 1 == len(rows) or r[0] != rows[i + 1][0]]
        xs = [r[0] for r in places]
        assert xs == sorted(set(xs)) and len(xs) > 100 and xs[0] == 1 and xs[-1] == 300, xs
        for x, _, low, high in places:
            want = weights[k] * (cdf(k, x) - (cdf(k, x - 1) if figure != "cdf" else 0))
            assert low == below.get(x, 0) and abs(high - low - want) < 1e-12, (figure, k, x, low, high, want)
            below[x] = high
    titles = re.findall(r"filledcurves .*title '(.*)'", open(f"out/{figure}.gp").read())
    assert titles == ["0.2 lognorm", "0.3 uniform", "0.2 lognorm", "0.3 uniform"], titles
    assert tables["component 2 of flows"][0][1] == tables["component 4 of flows"][0][1] > 0
PYTHON
python3 order.py || fail "components"

printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n2,3,5,10,1000\n2,3,5,10,1000\n' >repeated.csv
expect_failure 1 "repeated.csv:3: expected bins in ascending order without overlap" plot --format none -O out repeated.csv
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n5,6,5,25,1000\n2,3,5,10,1000\n' >unsorted.csv
expect_failure 1 "unsorted.csv:3: expected bins in ascending order without overlap" plot --format none -O out unsorted.csv
