# SPDX-License-Identifier: GPL-3.0-or-later
# Records drawn from published models: the length or size against the mixture's cdf, and octets or
# packets against flow-models' rule for the size of packets, both worked out by Python.
need_reference published/mixtures
need_program python3
cat >check.py <<'END'
import functools, json, math, sys
model, records, x = sys.argv[1:]
mixture = {y: json.load(open(f'{model}/{y}.json')) for y in ('flows', 'packets', 'octets')}
for m in mixture.values():
    weight = sum(c[0] for c in m['mix'])
    m['mix'] = [(c[0] / weight, c[1], c[2]) for c in m['mix']]
def cdf(y, x):
    total = 0
    for weight, name, p in mixture[y]['mix']:
        if name == 'uniform':
            total += weight * min(max((x - p[0]) / p[1], 0), 1)
        elif x > 0:
            assert name == 'lognorm', name
            total += weight * math.erfc(-math.log(x / p[2]) / p[0] / math.sqrt(2)) / 2
    return total
def pdf(y, x, least):
    if x < 1024:
        return cdf(y, x) - cdf(y, 0 if x == least else x - 1)
    total = 0
    for weight, name, p in mixture[y]['mix']:
        if name == 'uniform':
            total += weight / p[1] * (p[0] <= x <= p[0] + p[1])
        else:
            z = math.log(x / p[2]) / p[0]
            total += weight * math.exp(-z * z / 2) / (x * p[0] * math.sqrt(2 * math.pi))
    return total
@functools.lru_cache(None)
def size_at(value):
    return (pdf('octets', value, least) * mixture['octets']['sum'] /
            (pdf('packets', value, least) * mixture['packets']['sum']))
least = {'length': 1, 'size': 64}[x]
records = [tuple(map(int, line.split(',')))[18:20] for line in open(records)]
n = len(records)
values = sorted(record[x == 'size'] for record in records)
assert values[0] >= least
# Kolmogorov and Smirnov, at the values that occur.
distance = max(abs((i + 1) / n - cdf('flows', value)) for i, value in enumerate(values)
               if i + 1 == n or values[i + 1] != value)
assert distance * math.sqrt(n) < 2.7, distance * math.sqrt(n)
error = variance = 0
for packets, octets in records:
    size = size_at(octets if x == 'size' else packets)
    if x == 'length':
        want, got = packets * min(max(size, 64), 1522), octets
    else:
        want, got = octets / size, packets
        if octets / math.ceil(want) < 64:
            want = math.trunc(want)
        want = max(want, 1)
    assert abs(got - want) < 1 + 2e-3 * want, (packets, octets, size, want)
    if want < 1000:
        error += got - want
        variance += (want - math.floor(want)) * (1 - want + math.floor(want))
assert abs(error) < 4.9 * math.sqrt(variance) + 1e-4 * n, (error, math.sqrt(variance))
END
for proto in all tcp udp; do
    for x in length size; do
        model=$WEIR_REFERENCE/published/mixtures/$proto/$x
        weir generate -s 8000 -x $x --seed 11 -O got "$model"
        python3 check.py "$model" got $x
    done
done

# What weir fit writes is a model.
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n1,2,50,50,5000\n2,3,20,40,3000\n3,4,10,30,2000\n10,12,5,52,9000\n' >h.csv
weir fit -L 1 -U 2 -y flows packets octets -O fit h.csv
weir generate -s 1000 -O got fit
[ "$(wc -l <got)" -eq 1000 ] || fail "$(wc -l <got) records"

# A Pareto tail without a mean: records and the table of the cdf end where numbers do.
mkdir pareto
mix='[[0.9, "lognorm", [2, 0, 20]], [0.1, "genpareto", [1.3, 0, 1000]]]'
echo "{\"sum\": 1000, \"mix\": $mix}" | tee pareto/flows.json >pareto/packets.json
echo "{\"sum\": 900000, \"mix\": $mix}" >pareto/octets.json
for x in length size; do
    weir generate -s 20000 -x $x -O got pareto
    weir generate --cdf-table -x $x -O table pareto
    sort -n -t, -k"$([ $x = length ] && echo 19 || echo 20)" got | tail -n 1 >largest
    [ "$(cut -d, -f20 largest)" -gt 100000000 ] || fail "$(cat largest)"
    awk 'END { exit $1 < 1e13 || $2 != 1 }' table || fail "$(tail -n 1 table)"
done
