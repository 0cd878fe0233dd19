# SPDX-License-Identifier: GPL-3.0-or-later
# The binned likelihood from a given start, stops by tolerance, long steps, several starts, traces;
# options that do not go together.
need_program python3
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n' >h.csv
python3 - <<'END' >>h.csv
import math
# A geometric distribution, in bins of width 1 up to 64 and of 16 beyond.
p, n, lo = 0.03, 10 ** 9, 1
while lo < 1000:
    hi = lo + (1 if lo < 64 else 16)
    flows = round(n * ((1 - p) ** (lo - 1) - (1 - p) ** (hi - 1)))
    if flows > 0:
        print(f'{lo},{hi},{flows},{flows * lo},{flows * lo * 100}')
    lo = hi
END
# An exponential distribution, rounded up, is geometric: P(X <= k) = 1 - (1 - p)^k. Weibull with c = 1
# and gamma with a = 1 are exponential, with scale -1 / ln(1 - p) = 32.83. The point rule is not right.
weir fit --method binned -W 1 -O weibull h.csv
weir fit --method binned -G 1 -O gamma h.csv
weir fit -W 1 -O point h.csv
python3 - <<'END'
import json, math
scale = -1 / math.log(0.97)
for kind in 'weibull', 'gamma':
    (weight, name, (shape, loc, got)), = json.load(open(kind + '/flows.json'))['mix']
    assert weight == 1 and abs(shape - 1) < 1e-5 and abs(got / scale - 1) < 1e-5, (kind, shape, got)
    mode = json.load(open(kind + '/flows.mode'))
    assert mode['method'] == 'binned' and mode['max_iter'] == 1000 and mode['tol'] == 1e-10, mode
(weight, name, (shape, loc, got)), = json.load(open('point/flows.json'))['mix']
assert abs(got / scale - 1) > 0.01, got
END

# The number of threads makes no difference; the start is what was asked for.
for threads in 1 2 7; do
    weir fit --threads $threads --method binned -U 2 -L 2 -P 1 --starts 3 --trace --report json \
        --bootstrap 5 -y flows octets -O got$threads h.csv
    diff -r got1 got$threads
done
python3 - <<'END'
import csv, json
rows = list(csv.DictReader(open('got1/flows.trace.csv')))
assert [r['start'] for r in rows if r['iteration'] == '0'] == ['1', '2', '3']
last = {}
for row in rows:
    value = float(row['log_likelihood'])
    assert row['iteration'] == '0' or value >= last[row['start']], row
    last[row['start']] = value
report = json.load(open('got1/flows.report.json'))
assert abs(report['log_likelihood'] - max(last.values())) < 1e-9, (report['log_likelihood'], last)
kinds = [c['name'] for c in report['components']]
assert kinds == ['uniform', 'uniform', 'genpareto', 'lognorm', 'lognorm'], kinds
xi, loc, scale = report['components'][2]['parameters']
assert abs(scale - xi * loc) < 1e-9 * scale
END

# As many iterations as it takes.
weir fit -L 1 -N 1 --tol 1e-7 --trace -O tol h.csv
weir fit -L 1 -N 1 --tol 1e-7 --accelerate --trace -O far h.csv
weir fit -L 1 -N 1 -i 3 --tol 1e-9 --trace --report text -O short h.csv
python3 - <<'END'
import csv
def trace(path):
    return [(int(r['iteration']), float(r['log_likelihood'])) for r in csv.DictReader(open(path))]
tol, far = trace('tol/flows.trace.csv'), trace('far/flows.trace.csv')
assert abs(tol[-1][1] - tol[-2][1]) < 1e-7 and all(b - a >= 1e-7 for (_, a), (_, b) in zip(tol, tol[1:-1]))
reached = next(i for i, value in far if value >= tol[-1][1])
assert reached < tol[-1][0] / 2, (reached, tol[-1])
assert [i for i, _ in trace('short/flows.trace.csv')] == [0, 1, 2, 3]
END
grep -q 'warning: not converged: iteration 3' short/flows.report.txt || fail "$(cat short/flows.report.txt)"

expect_failure 2 "--accelerate has no effect with --method binned" fit --method binned -L 1 --accelerate -O no h.csv
expect_failure 2 "--max-pareto-weight has no effect with --method binned" fit --method binned -P 1 --mpw 0.1 -O no h.csv
expect_failure 2 "--method point has no effect with --auto" fit --auto --method point -O no h.csv
expect_failure 2 "--trace has no effect with --auto" fit --auto --trace -O no h.csv
expect_failure 2 "--criterion has no effect without --auto" fit -L 1 --criterion bic -O no h.csv
expect_failure 2 "--bootstrap has no effect without --report" fit -L 1 --bootstrap 9 -O no h.csv
expect_failure 2 "expected up to 64 components" fit --method binned -L 65 -O no h.csv
expect_failure 2 "bootstrap" fit -L 1 --report text --bootstrap 1 -O no h.csv
echo '[[1, "genpareto", [-0.5, 1, 100]]]' >short.json
expect_failure 2 "component 1: expected a genpareto of a shape above 0" fit --method binned --initial short.json -O no h.csv
[ ! -e no ] || fail "there is an output"
