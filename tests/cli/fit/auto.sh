# SPDX-License-Identifier: GPL-3.0-or-later
# The search: better than the published mixture with no more parameters, judged by Python; the same
# bytes on any number of threads; options that go with it, and that do not.
need_program python3
cat >judge.py <<'END'
import csv, json, math, sys
def cdf(component, x):
    weight, name, p = component
    if name == 'uniform':
        return weight * min(max((x - p[0]) / p[1], 0), 1)
    if name == 'lognorm':
        return 0 if x <= 0 else weight * math.erfc(-math.log(x / p[2]) / p[0] / math.sqrt(2)) / 2
    if name == 'weibull_min':
        return 0 if x <= 0 else -weight * math.expm1(-(x / p[2]) ** p[0])
    raise ValueError(name)
rows = [{k: int(v) for k, v in row.items()} for row in csv.DictReader(open(sys.argv[1]))]
y = sys.argv[2]
total = sum(row[y + '_sum'] for row in rows)
for path in sys.argv[3:]:
    mix = json.load(open(path))['mix']
    weight = sum(c[0] for c in mix)
    seen, ks, log_likelihood = 0, 0, 0
    below = sum(cdf(c, 0) for c in mix) / weight
    for row in rows:
        s, above = row[y + '_sum'], sum(cdf(c, row['bin_hi'] - 1) for c in mix) / weight
        if row is not rows[0]:
            below = sum(cdf(c, row['bin_lo'] - 1) for c in mix) / weight
        log_likelihood += s * math.log(max(above - below, 1e-300)) if s else 0
        seen += s
        ks = max(ks, abs(seen / total - above))
    free = len(mix) - 1 + sum(2 if c[1] != 'uniform' else c[2][0] > 0 for c in mix)
    print(free, ks, log_likelihood / total)
END
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n' >h.csv
for ((i = 1; i < 60; i++)); do
    echo "$i,$((i + 1)),$((200000 / (i * i) + i % 7 * 9)),$((i * 1000)),$((i * 5000))" >>h.csv
done
for threads in 1 2 7; do
    weir fit --auto --max-params 9 --starts 2 --seed 5 --threads $threads -y flows octets -O got$threads h.csv
    diff -r got1 got$threads
done
[[ $(python3 judge.py h.csv flows got1/flows.json) =~ ^[1-9]" " ]] || fail "more than 9 parameters"
grep -q '"auto": {"max_params": 9, "criterion": "none", "seed": 5, "starts": 2}' got1/flows.mode || fail "$(cat got1/flows.mode)"

expect_failure 2 "a number of components has no effect with --auto" fit --auto -L 1 -O no h.csv
expect_failure 2 "--initial has no effect with --auto" fit --auto --initial x.json -O no h.csv
expect_failure 2 "--iterations has no effect with --auto" fit --auto -i 5 -O no h.csv
expect_failure 2 "--seed has no effect without --auto" fit -L 1 --seed 3 -O no h.csv
expect_failure 2 "max-params" fit --auto --max-params 1 -O no h.csv
[ ! -e no ] || fail "there is an output"

need_reference published/histograms
hist=$WEIR_REFERENCE/published/histograms/all/length.csv
weir fit --auto --max-params 17 --starts 2 -O auto "$hist"
python3 judge.py "$hist" flows auto/flows.json "$WEIR_REFERENCE/published/mixtures/all/length/flows.json" >quality
python3 - <<'END'
(free, ks, likelihood), (most, published_ks, published_likelihood) = (
    map(float, line.split()) for line in open('quality'))
assert free <= most == 17 and ks <= 0.0015, (free, most, ks)
assert likelihood >= published_likelihood + 0.0005, (likelihood, published_likelihood)
END
