# SPDX-License-Identifier: GPL-3.0-or-later
# Few bins are seen: on top of the thick line, and not on the frame, however near they are.
need_program python3
cat >few.py <<'PYTHON'
"""Reads lines "DIRECTORY FEW": the order of curves, and room around the bins where they are few."""
import re, sys

def check(directory, figure, few):
    script = open(f"{directory}/{figure}.gp").read()
    drawn = [int(index) for index in re.findall(r"\.dat' index (\d+)", script)]
    names, bins = {}, []
    for line in open(f"{directory}/{figure}.dat"):
        if line.startswith("#"):
            number, name = line[2:].strip().split(": ", 1)
            names[name.split(":")[0]] = drawn.index(int(number))
        elif line.strip() and name.startswith("bins"):
            bins.append([float(word) for word in line.split()])
    (bin_place,) = [names[name] for name in names if name.startswith("bins")]
    (data,) = [names[name] for name in names if name.startswith("pdf of") or name.endswith("from the lines")]
    assert (bin_place > data) == few, names
    for level in "minimum", "average", "maximum":
        assert figure != "avg-packet_size" or names[level + " of averages"] > data, names
    if few:
        ranges = {}
        for axis in "xy":
            lo, hi = map(float, re.search(rf"^set {axis}range \[(.*):(.*)\]$", script, re.M).groups())
            ranges[axis] = lo, hi
        for x, y, *_ in bins:
            assert ranges["x"][0] * 1.5 < x < ranges["x"][1] / 1.5, (x, ranges)
            assert figure == "avg-packet_size" or ranges["y"][0] * 1.2 < y < ranges["y"][1] / 1.2, (y, ranges)

for line in sys.stdin:
    directory, kind = line.split()
    for figure in "pdf-flows", "avg-packets", "avg-packet_size":
        check(directory, figure, kind == "few")
PYTHON

# draw FEW LO...: points of bins of width 1, at lower edges LO.
n=0
draw() {
    local few=$1 out=out$((n += 1))
    shift
    {
        echo bin_lo,bin_hi,flows_sum,packets_sum,octets_sum
        for lo; do
            echo "$lo,$((lo + 1)),3,$((3 * lo)),$((300 * lo))"
        done
    } >h.csv
    weir plot --no-sync --format none -x length -P points -O $out --figures pdf-flows avg-packets avg-packet_size -- h.csv
    echo "$out $few" >>drawn
}
draw few 1
draw few 1000
draw few 1000 1001
draw few 9998 9999
draw few 100000 100001 120000
# shellcheck disable=SC2046
draw many $(seq 1 100)
[ "$(wc -l <drawn)" -eq 6 ] || fail "$(cat drawn)"
python3 few.py <drawn || fail "few bins"

# The histogram of few bins lies on the line, in cells that are large enough; a density never does.
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n1000,1001,3,3000,300000\n1001,1002,3,3003,300300\n1010,1011,5,5050,700000\n' >h.csv
for mode in hist kde; do
    weir plot --no-sync --format none -x length -P $mode -O out --figures pdf-flows -- h.csv
    line=$(sed -n "s/.*index \([0-9]*\) using.*title 'data'.*/\1/p" out/pdf-flows.gp)
    cells=$(sed -n 's/.*index \([0-9]*\) using.*boxxyerror.*/\1/p' out/pdf-flows.gp)
    [ $mode,$((cells > line)) = hist,1 ] || [ $mode,$((cells > line)) = kde,0 ] || fail "$mode: $(cat out/pdf-flows.gp)"
    [ $mode = kde ] || awk '/^# .*in cells/ { n = 1; next } /^#|^$/ { n = 0 } n { exit !($2 / $1 > 1.05 && $4 / $3 > 1.03) }' out/pdf-flows.dat ||
        fail "cells: $(cat out/pdf-flows.dat)"
done
