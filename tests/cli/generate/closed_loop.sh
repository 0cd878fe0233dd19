# SPDX-License-Identifier: GPL-3.0-or-later
# Model, ten million records, histogram, fit: the fitted mixture is the model again, by its cdf.
need_program python3
model=$WEIR_SOURCE/datasets/models/all/length
weir generate -s 10000000 --seed 3 -o binary --no-sync -O trace "$model"
weir hist trace -x length -b 12 -O length.csv
rm -r trace
echo '[[0.1, "uniform", [0, 11]], [0.1, "uniform", [11, 1]], [0.3, "lognorm", [1, 0, 2]], [0.2, "lognorm", [2, 0, 50]],
    [0.1, "lognorm", [1, 0, 10000]], [0.3, "weibull_min", [20, 0, 1]], [0.1, "weibull_min", [10, 0, 5]]]' >start.json
weir fit length.csv --method binned --initial start.json --report json -O fitted
python3 - "$model/flows.json" <<'END'
import json, math, sys
def cdf(mix, x):
    total = 0
    for weight, name, p in mix:
        if name == 'uniform':
            total += weight * min(max((x - p[0]) / p[1], 0), 1)
        elif name == 'lognorm':
            total += weight * math.erfc(-math.log(x / p[2]) / p[0] / math.sqrt(2)) / 2
        else:
            total += weight * -math.expm1(-min((x / p[2]), 1e9 ** (1 / p[0])) ** p[0])
    return total / sum(c[0] for c in mix)
model, fitted = (json.load(open(path))['mix'] for path in (sys.argv[1], 'fitted/flows.json'))
at = [k for k in range(1, 200)] + [round(200 * 1.1 ** i) for i in range(120)]
ks = max(abs(cdf(model, x) - cdf(fitted, x)) for x in at)
assert ks < 0.002, ks
report = json.load(open('fitted/flows.report.json'))
assert report['ks'] < 0.002 and report['effective_flows'] == 10 ** 7, report
print('KS of the model and of the mixture fitted to its records:', ks)
END
