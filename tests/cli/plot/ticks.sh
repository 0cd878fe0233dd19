# SPDX-License-Identifier: GPL-3.0-or-later
# Labels of logarithmic axes stand where their numbers are: the bins that are drawn, whose places are
# known, tell it, wherever the range begins.
need_program gnuplot
need_program python3
cat >ticks.py <<'PYTHON'
"""Reads lines "FIGURE STEP_X STEP_Y": in FIGURE.svg, labels must stand so many decades apart, at
multiples of that, and points where FIGURE.dat has them."""
import math, re, sys

label = re.compile(r'M([\d.]+),([\d.]+) L[\d.,]+\s*\'/>\s*<g [^>]*text-anchor="(middle|end)">\s*'
                   r'<text><tspan[^>]*>10</tspan><tspan[^>]*>(-?\d+)<')
point = re.compile(r"<use xlink:href='#gpPt6' transform='translate\(([\d.]+),([\d.]+)\) scale[^/]*rgb\( 48,")

def bins(path):
    rows, inside = [], False
    for line in open(path):
        if line.startswith("#"):
            inside = "bins: x, value" in line
        elif inside and line.strip():
            rows.append([float(word) for word in line.split()])
    return rows

def check(figure, *steps):
    svg, rows = open(figure + ".svg").read(), bins(figure + ".dat")
    points = [[float(v) for v in p] for p in point.findall(svg)[:-1]]  # the last one is in the key
    assert rows and len(points) == len(rows), (figure, len(points), len(rows))
    for axis, anchor, step in (0, "middle", steps[0]), (1, "end", steps[1]):
        place = {int(m[4]): float(m[axis + 1]) for m in label.finditer(svg) if m[3] == anchor}
        powers = sorted(place)
        assert len(powers) >= 2, (figure, axis, place)
        assert all(b - a == step for a, b in zip(powers, powers[1:])) and powers[0] % step == 0, (figure, axis, powers)
        lo, hi = powers[0], powers[-1]
        for values, at in list(zip(rows, points)) + [([10.0 ** k] * 2, [place[k]] * 2) for k in powers]:
            want = place[lo] + (math.log10(values[axis]) - lo) * (place[hi] - place[lo]) / (hi - lo)
            assert abs(at[axis] - want) < 0.6, (figure, axis, values, at, want, place)

for line in sys.stdin:
    figure, *steps = line.split()
    check(figure, *map(int, steps))
PYTHON

# draw STEP_X STEP_Y SIZE LO...: bins of width 1, at lower edges LO.
n=0
draw() {
    local steps="$1 $2" size=$3 out=out$((n += 1))
    shift 3
    {
        echo bin_lo,bin_hi,flows_sum,packets_sum,octets_sum
        for lo; do
            echo "$lo,$((lo + 1)),3,$((3 * lo)),$((300 * lo))"
        done
    } >h.csv
    weir --threads 1 plot --no-sync --format svg --script --size "$size" -x length -P points -O $out --figures pdf-flows -- h.csv
    echo "$out/pdf-flows $steps" >>drawn
}
draw 1 1 120x80 1 2 5 40 300 20000 1000000
draw 1 1 120x80 55 64 65 1000 4000 100000000
draw 1 1 120x80 101 110 5000 100000 40000000
draw 1 1 120x80 130000 200000 3000000 400000000
draw 1 1 120x80 300
draw 1 1 120x80 1000
draw 1 1 120x80 1000 1001
draw 1 1 120x80 9990 9999
draw 2 2 80x60 7 64 5000 1000000 2000000000 3000000000000
[ "$(wc -l <drawn)" -eq 9 ] || fail "$(cat drawn)"
python3 ticks.py <drawn || fail "labels"

# Labels of colours go to the ends of the bar.
cb_labels() {
    tr '\n' ' ' <"$1" | grep -o 'text-anchor="start">[^/]*>10</tspan><tspan[^>]*>[^<]*' | sed 's/.*>//' | tr '\n' ' '
}
{
    echo bin_lo,bin_hi,flows_sum,packets_sum,octets_sum
    for ((i = 1; i < 90; i++)); do
        echo "$((i * i)),$((i * i + 1)),$((i % 7 == 0 ? 1000 : 100 / i)),$((i * 1000)),$((i * 100000))"
    done
} | sed 's/,0,/,1,/' >h.csv
for size in 120x80 80x60; do
    weir --threads 1 plot --no-sync --format svg --size $size -x length -P kde -O kde-$size --figures pdf-flows -- h.csv
done
weir --threads 1 plot --no-sync --format svg -x length -P hist -O hist --figures pdf-flows -- h.csv
[ "$(cb_labels kde-120x80/pdf-flows.svg)" = "-9 -8 -7 -6 -5 -4 -3 -2 -1 0 " ] || fail "$(cb_labels kde-120x80/pdf-flows.svg)"
[ "$(cb_labels kde-80x60/pdf-flows.svg)" = "-8 -6 -4 -2 0 " ] || fail "$(cb_labels kde-80x60/pdf-flows.svg)"
[ "$(cb_labels hist/pdf-flows.svg)" = "0 1 2 3 " ] || fail "$(cb_labels hist/pdf-flows.svg)"
