# SPDX-License-Identifier: GPL-3.0-or-later
# Reports: measures against sums in Python, in JSON and in text; standard errors; BIC's choice of a
# budget; allocations that fail.
need_program python3
cat >h.csv <<'END'
bin_lo,bin_hi,flows_sum,packets_sum,octets_sum
1,2,50,50,5000
2,3,20,40,3000
3,4,10,30,9000
10,12,5,52,9000
40,48,5,208,90000
END
echo '[[0.6, "uniform", [0, 2]], [0.4, "lognorm", [1.5, 0, 4]]]' >mix.json
weir fit -y packets -i 0 --initial mix.json --report json --bootstrap 20 -O out h.csv
python3 - <<'END'
import json, math
rows = [[int(v) for v in line.split(',')] for line in open('h.csv').read().split()[1:]]
def cdf(x):
    log = math.erfc(-math.log(x / 4) / 1.5 / math.sqrt(2)) / 2 if x > 0 else 0
    return 0.6 * min(x / 2, 1) + 0.4 * log
total, seen, ll, ks, at, below, ad = sum(r[3] for r in rows), 0, 0, 0, 0, 0, 0
for lo, hi, flows, packets, octets in rows:
    p = cdf(hi - 1) - cdf(lo - 1 if seen else 0)
    seen += packets
    ll += packets / total * math.log(p)
    apart = cdf(hi - 1) - seen / total
    ad += apart ** 2 * p / (cdf(hi - 1) * (1 - cdf(hi - 1)))
    if abs(apart) > ks:
        ks, at, sign = abs(apart), hi - 1, math.copysign(1, apart)
n = total ** 2 / sum(packets ** 2 / flows for lo, hi, flows, packets, octets in rows)
mean = (0.6 * 1 + 0.4 * 4 * math.exp(1.5 ** 2 / 2)) / (sum(r[3] * (r[0] + r[1] - 1) / 2 for r in rows) / total)
report = json.load(open('out/packets.report.json'))
want = {'y': 'packets', 'method': 'point', 'iterations': 0, 'converged': False, 'n_parameters': 3,
        'effective_flows': n, 'log_likelihood': ll, 'aic': 6 - 2 * n * ll, 'bic': 3 * math.log(n) - 2 * n * ll,
        'ks': ks, 'ks_at': at, 'ks_sign': sign, 'anderson_darling': ad, 'mean': mean, 'replicates': 20}
for key, value in want.items():
    got = report[key]
    assert got == value or abs(got - value) < 1e-9 * abs(value), (key, got, value)
assert [c['name'] for c in report['components']] == ['uniform', 'lognorm']
assert report['components'][1]['parameters'] == [1.5, 0, 4]
assert report['components'][0]['weight_error'] == 0, 'no iterations, no errors'
assert any('the mean is' in line for line in report['warnings']), report['warnings']
END
weir fit -y packets -i 0 --initial mix.json --report text -O out h.csv
ks=$(python3 -c 'import json; print("%.5f" % json.load(open("out/packets.report.json"))["ks"])')
grep -q "largest error *$ks of the cdf" out/packets.report.txt || fail "$(cat out/packets.report.txt)"
grep -q '^  *0.4  lognorm  *1.5  *0  *4$' out/packets.report.txt || fail "$(cat out/packets.report.txt)"

# Of a thousand flows of one lognormal BIC takes no second component, though it would raise the
# likelihood; of many flows of two it takes both.
python3 - <<'END'
import math, random
random.seed(1)
def cdf(x, mu, sigma):
    return math.erfc(-(math.log(x) - mu) / sigma / math.sqrt(2)) / 2 if x > 0 else 0
few = [int(math.log2(random.lognormvariate(9, 1))) for _ in range(1000)]
def share(lo, hi):
    return sum(w * (cdf(hi - 1, mu, 1) - cdf(lo - 1, mu, 1)) for w, mu in ((0.9, 9), (0.1, 11)))
for name, flows in ('few', few.count), ('many', lambda i: round(1e6 * share(2 ** i, 2 ** (i + 1)))):
    with open(name + '.csv', 'w') as out:
        print('bin_lo,bin_hi,flows_sum,packets_sum,octets_sum', file=out)
        for i in range(60):
            if flows(i):
                print(f'{2 ** i},{2 ** (i + 1)},{flows(i)},{flows(i)},{flows(i)}', file=out)
END
weir fit --auto --starts 2 --report json -O bic few.csv
weir fit --auto --starts 2 --report json --max-params 8 -O all few.csv
weir fit --auto --starts 2 --report json -O many many.csv
python3 - <<'END'
import json
bic, whole, many = (json.load(open(name + '/flows.report.json')) for name in ('bic', 'all', 'many'))
assert bic['n_parameters'] == 2 and whole['n_parameters'] > 2, (bic, whole)
assert bic['bic'] < whole['bic'] and bic['log_likelihood'] < whole['log_likelihood'], (bic, whole)
assert many['n_parameters'] == 5, many
mode = json.load(open('bic/flows.mode'))['auto']
assert mode['criterion'] == 'bic' and mode['max_params'] == 40, mode
END

# The n-th request for memory fails, for every n: exit 1, one line, no output, or a good one.
failures=0
for ((n = 0; n < 400; n = n + 1 + n / 12)); do
    status=0
    WEIR_FAIL_ALLOC=$n "$WEIR" -q --threads 1 fit -y flows packets -U 1 -P 1 -W 1 -i 3 --accelerate --starts 2 --trace \
        --report json --bootstrap 2 -O got h.csv 2>stderr || status=$?
    if [ $status -eq 0 ]; then
        [ -e want ] || cp -r got want
        diff -r got want
        rm -r got
        continue
    fi
    failures=$((failures + 1))
    [ $status -eq 1 ] || fail "request $n: exit $status: $(cat stderr)"
    grep -q '^weir: fit: .*memory' stderr || fail "request $n: $(cat stderr)"
    [ "$(grep -cv warning stderr)" -eq 1 ] || fail "request $n: $(cat stderr)"
    [ -z "$(find got -type f 2>/dev/null)" ] || fail "request $n: there is an output"
done
[ $failures -ge 30 ] || fail "only $failures failures"
[ -e want ] || fail "no run succeeded"
