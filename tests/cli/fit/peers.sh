# SPDX-License-Identifier: GPL-3.0-or-later
# What flow-models gets wrong in fits, one by one.
need_program python3
python3 - <<'END' >length.csv
print('bin_lo,bin_hi,flows_sum,packets_sum,octets_sum')
for x in range(1, 200):
    flows = round(1e6 / x ** 2)
    print(f'{x},{x + 1},{flows},{flows * x},{flows * x * 700}')
END
mix() {
    python3 -c 'import json, sys
for weight, name, parameters in json.load(open(sys.argv[1]))["mix"]:
    print(name, weight, *parameters)' "$1"
}

# A fit into a directory that does not exist yet is saved.
weir fit -i 5 -L 2 -O deep/er/still length.csv
[ -s deep/er/still/flows.json ] || fail "no mixture"

# A Pareto without uniforms, and two of them: numbers, at distinct places.
weir fit -i 50 -P 1 -O one length.csv
weir fit -i 50 -P 2 -L 1 -O two length.csv
for made in one two; do
    ! mix $made/flows.json | grep -qi nan || fail "$made: $(mix $made/flows.json)"
done
[ "$(mix two/flows.json | awk '$1 == "genpareto" { print $4 }' | sort -u | wc -l)" -eq 2 ] || fail "the same place: $(mix two/flows.json)"

# The scale of a Pareto follows from its shape by default, and is fitted on request.
mix one/flows.json | awk '{ d = $5 - $3 * $4; exit !(d * d < 1e-18 * $5 * $5) }' || fail "$(mix one/flows.json)"
weir fit -i 50 -P 1 --pareto-form free -O free length.csv
mix free/flows.json | awk '{ d = $5 - $3 * $4; exit !(d * d > 1e-6) }' || fail "$(mix free/flows.json)"

# norm, gamma, weibull: the maximum of the likelihood. Each has the weighted mean of x, which is
# what the likelihood equations of norm and gamma ask for; the Weibull's equation is checked too.
echo '[[1, "norm", [20, 30]]]' >norm.json
echo '[[1, "gamma", [1, 0, 20]]]' >gamma.json
echo '[[1, "weibull_min", [1, 0, 20]]]' >weibull.json
for kind in norm gamma weibull; do
    weir fit -i 20 -y octets --initial $kind.json -O $kind length.csv
done
python3 - <<'END'
import csv, json, math
rows = [(int(r['bin_lo']), int(r['octets_sum'])) for r in csv.DictReader(open('length.csv'))]
total = sum(w for x, w in rows)
mean = sum(w * x for x, w in rows) / total
def parameters(kind):
    (weight, name, p), = json.load(open(kind + '/octets.json'))['mix']
    assert abs(weight - 1) < 1e-9
    return p
m, s = parameters('norm')
deviation = math.sqrt(sum(w * (x - mean) ** 2 for x, w in rows) / total)
assert abs(m / mean - 1) < 1e-9 and abs(s / deviation - 1) < 1e-9, (m, s)
a, loc, scale = parameters('gamma')
assert abs(a * scale / mean - 1) < 1e-9
step = 1e-4
digamma = (math.lgamma(a + step) - math.lgamma(a - step)) / (2 * step)
mean_log = sum(w * math.log(x) for x, w in rows) / total
assert abs(digamma + math.log(scale) - mean_log) < 1e-6, (digamma, mean_log)
c, loc, scale = parameters('weibull')
power = sum(w * x ** c for x, w in rows)
assert abs(scale / (power / total) ** (1 / c) - 1) < 1e-9
assert abs(sum(w * x ** c * math.log(x) for x, w in rows) / power - 1 / c - mean_log) < 1e-9
END

# A mixture file or a list of components to start from; an empty one is refused.
python3 -c 'import json; json.dump(json.load(open("two/flows.json"))["mix"], open("list.json", "w"))'
weir fit -i 5 --initial two/flows.json -O file length.csv
weir fit -i 5 --initial list.json -O list length.csv
same file/flows.json list/flows.json
echo '{"sum": 3, "mix": []}' >empty.json
expect_failure 1 "empty.json" fit --initial empty.json -O no length.csv

# A component that collapses is told and kept; one that becomes no number is told and dropped. Both
# mixtures are whole.
echo '[[1, "lognorm", [1, 0, 5]], [1, "norm", [1e9, 1]]]' >far.json
"$WEIR" fit -i 3 --initial far.json -O far length.csv 2>stderr
grep -q 'warning: flows: component 2 (norm) has collapsed to a weight of 0' stderr || fail "$(cat stderr)"
[ "$(mix far/flows.json | wc -l)" -eq 2 ] || fail "$(mix far/flows.json)"
echo '[[1, "lognorm", [1, 0, 5]], [1, "genpareto", [1, 1e9, 1e9]]]' >nan.json
"$WEIR" fit -i 3 --initial nan.json -O nan length.csv 2>stderr
grep -q 'warning: flows: 1 components became no numbers and were dropped' stderr || fail "$(cat stderr)"
[ "$(mix nan/flows.json | cut -d ' ' -f 1)" = lognorm ] || fail "$(mix nan/flows.json)"
