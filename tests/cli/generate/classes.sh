# SPDX-License-Identifier: GPL-3.0-or-later
# Durations and rates of classes of x: every class has its own, in any slice and on any number of
# threads; tables that weir makes of real records give their dependence back.
need_program python3
cat >h.csv <<'EOF'
bin_lo,bin_hi,flows_sum,packets_sum,octets_sum
1,2,500,500,40000
2,4,300,650,60000
16,32,200,4000,2800000
1024,4096,50,90000,70000000
EOF
header=bin_lo,bin_hi,flows_sum,packets_sum,octets_sum
mkdir d r
printf '%s\n' $header 0,1,30,1,1 1,2,10,1,1 5,9,60,1,1 >d/2.csv
printf '%s\n' $header 50,51,1,1,1 70,80,3,1,1 >d/16.csv
echo '[[1, "uniform", [999, 1000]]]' >d/17.json
mkdir d/2000
echo '[[0.25, "uniform", [100000, 100000]], [0.75, "uniform", [500000, 2000]]]' >d/2000/flows.json
flows=(-s 60000 --seed 3 --arrivals poisson:200)
weir generate "${flows[@]}" --durations d -O all h.csv
cat >check.py <<'EOF'
import math, sys
cells = {2: {(0, 1): 30, (1, 2): 10, (5, 9): 60}, 16: {(50, 51): 1, (70, 80): 3},
         17: {(1000 + 100 * k, 1100 + 100 * k): 1 for k in range(10)},
         2000: {(100001, 150001): 1, (150001, 200001): 1, (500001, 501001): 3, (501001, 502001): 3}}
count = {least: dict.fromkeys(of, 0) for least, of in cells.items()}
for line in open(sys.argv[1]):
    first, first_ms, last, last_ms, packets = map(int, line.split(',')[14:19])
    duration = (last - first) * 1000 + last_ms - first_ms
    if packets == 1:
        assert duration == 0, line
        continue
    of = count[max(least for least in cells if least <= packets)]
    of[next(cell for cell in of if cell[0] <= duration < cell[1])] += 1
for least, of in count.items():
    n = sum(of.values())
    total = sum(cells[least].values())
    assert n > 500, (least, n)
    chi = sum((of[c] - n * share / total) ** 2 / (n * share / total) for c, share in cells[least].items())
    k = len(of) - 1
    assert chi < k + 5 * math.sqrt(2 * k) + 10, (least, chi, of)
EOF
python3 check.py all
awk 'NR > 20000 && NR <= 52000' all >want
for threads in 1 7; do
    weir generate "${flows[@]}" --threads $threads --skip-out 20000 --count-out 32000 --durations d -O got h.csv
    same got want
done
weir generate -s 0 --arrivals poisson:200 --durations d -O got h.csv
[ "$(awk -F, '$19 > 1 && $19 < 16 && $17 * 1000 + $18 > $15 * 1000 + $16 + 8' got)" = "" ] || fail "with -s 0"

# Classes of octets where sizes are drawn; rates.
printf '%s\n' $header 60,61,300,300,18000 200,300,500,1000,125000 1000,1001,50,90,50000 >s.csv
printf '%s\n' $header 1000,1001,1,1,1 >r/64.csv
printf '%s\n' $header 9000,9001,1,1,1 >r/1000
weir generate -s 5000 --arrivals poisson:9 --rates r -O got s.csv
awk -F, '{ want = $19 == 1 ? 0 : $20 * 8 / ($20 < 1000 ? 1 : 9); d = ($17 - $15) * 1000 + $18 - $16
           n += want > 0; if (d > want + 1 || d < want - 1) exit 1 } END { exit n < 2000 }' got || fail "rates"
# Flows with one packet are the first without duration, in each class: half of 300 here.
mkdir z
printf '%s\n' $header 0,1,75,1,1 7,8,25,1,1 >z/60.csv
printf '%s\n' $header 0,1,1,1,1 >z/64.csv
printf '%s\n' $header 60,61,300,450,18000 1000,1001,300,900,300000 >s.csv
weir generate -s 20000 --arrivals poisson:9 --durations z -O got s.csv
awk -F, '$20 == 60 { n++; long += $17 * 1000 + $18 > $15 * 1000 + $16 } END { exit long < n * 0.23 || long > n * 0.27 }' got ||
    fail "flows with one packet"

# Out of records, and back.
cat >job.yaml <<EOF
input: $WEIR_SOURCE/datasets/small/nfcapd.2025*
output: out
steps:
  lengths: {hist: {}, to: length.csv}
  rates:
    matrix: {of: {2: packets >= 2 and packets < 8, 8: packets >= 8 and packets < 64, 64: packets >= 64}}
    hist: {x-value: rate, bin-exp: 4, filter-expr: \$of}
    to: rates/\$of.key.csv
EOF
weir run job.yaml
weir convert -O real "$WEIR_SOURCE"/datasets/small/nfcapd.2025*
weir generate -s 20000 --arrivals poisson:2 --rates out/rates -O drawn out/length.csv
weir generate -s 20000 --arrivals poisson:2 --rates out/rates/8.csv -O alone out/length.csv
python3 - <<'EOF'
import math
def correlation(path):
    points = []
    for line in open(path):
        first, first_ms, last, last_ms, packets, octets = map(int, line.split(',')[14:20])
        duration = (last - first) * 1000 + last_ms - first_ms
        if packets > 1 and duration > 0:
            points.append((math.log(packets), math.log(octets * 8000 / duration)))
    a, b = (sum(p[i] for p in points) / len(points) for i in (0, 1))
    cov = lambda f: sum(map(f, points))
    return (cov(lambda p: (p[0] - a) * (p[1] - b)) /
            math.sqrt(cov(lambda p: (p[0] - a) ** 2) * cov(lambda p: (p[1] - b) ** 2)))
real, drawn, alone = map(correlation, ('real', 'drawn', 'alone'))
assert abs(real - drawn) < 0.1 and abs(alone) < 0.05 < abs(real) - 0.1, (real, drawn, alone)
EOF

expect_failure 1 "r/100.csv and r/100.json are both for x from 100 on" generate --arrivals poisson:1 \
    --rates "$(cp r/64.csv r/100.csv && cp d/17.json r/100.json && echo r)" -O out.csv h.csv
mv r/100.json r/rest.json
expect_failure 1 'r: expected flows.json of a mixture, or names such as 10.csv' generate --arrivals poisson:1 --rates r -O out.csv h.csv
mkdir none
expect_failure 1 'none: expected histograms or mixtures, but found an empty directory' generate --arrivals poisson:1 \
    --durations none -O out.csv h.csv
[ ! -e out.csv ] || fail "there is an output"
