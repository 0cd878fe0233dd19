# SPDX-License-Identifier: GPL-3.0-or-later
# Every form of the table, with numbers that are counted by hand: E is 0.5, 0.8, 1.
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n1,2,50,50,0\n2,3,30,60,0\n3,4,20,60,0\n' >h.csv
echo '[[7, "uniform", [0, 4]]]' >four.json                      # F is 1/4, 1/2, 3/4
echo '{"sum": 1, "mix": [[1, "genpareto", [1, 1, 1]]]}' >pareto.json # F is 0, 1/2, 2/3
mkdir models
cp four.json models/flows.json
cp pareto.json models/packets.json

cat >want <<'END_OF_TABLE'
y      mixture      params  flows  log-likelihood      AIC      BIC        KS  KS at      AD  tail  far tail    mean
flows  four.json         0    100      *-1.386294   *277.3   *277.3  *0.30000      2  *0.257     -         -  *1.176
flows  pareto.json       1    100     -345.954060  69192.8  69195.4   0.50000      1   0.263     -         -     inf
END_OF_TABLE
weir compare --hist h.csv four.json pareto.json >got
same got want

cat >want <<'END_OF_TABLE'
| y | mixture | params | flows | log-likelihood | AIC | BIC | KS | KS at | AD | tail | far tail | mean |
|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
| flows | models/flows.json | 0 | 100 | -1.386294 | 277.3 | 277.3 | 0.30000 | 2 | 0.257 | - | - | 1.176 |
| flows | models/flows.json | 0 | 100 | -1.386294 | 277.3 | 277.3 | 0.30000 | 2 | 0.257 | - | - | 1.176 |
END_OF_TABLE
weir compare --hist h.csv -o markdown models models >got # none is better
same got want
weir compare --hist h.csv -o markdown pareto.json four.json >got
grep -qF '| pareto.json | 1 | 100 | -345.954060 | 69192.8 | 69195.4 | 0.50000 | 1 | 0.263 | - | - | inf |' got || fail "$(cat got)"
grep -qF '| four.json | 0 | 100 | **-1.386294** | **277.3** | **277.3** | **0.30000** | 2 | **0.257** | - | - | **1.176** |' got ||
    fail "$(cat got)"

need_program python3
weir compare models models --hist h.csv -o json -y packets flows -O got.json
weir compare models models --hist h.csv -o csv -y packets flows -O got.csv
cat >check.py <<'END'
import csv, json, math
rows = json.load(open('got.json'))['rows']
assert [r['y'] for r in rows] == ['packets', 'packets', 'flows', 'flows']
assert [r['mixture'] for r in rows] == ['models/packets.json'] * 2 + ['models/flows.json'] * 2
assert rows[0] == rows[1] and rows[2] == rows[3]
p, f = rows[0], rows[2]
# 170 packets: 50 flows of 1, 30 of 2, 20 of 3.
n = 170 ** 2 / (50 + 30 * 4 + 20 * 9)
log_likelihood = (50 * math.log(1e-300) + 60 * math.log(1 / 2) + 60 * math.log(1 / 6)) / 170
want = {'n_parameters': 1, 'effective_flows': n, 'log_likelihood': log_likelihood,
        'aic': 2 - 2 * n * log_likelihood, 'bic': math.log(n) - 2 * n * log_likelihood,
        'ks': 1 / 3, 'ks_at': 3, 'ks_sign': -1,
        'anderson_darling': (1 / 2 - 11 / 17) ** 2 * 2 + (1 / 3) ** 2 * 3 / 4,
        'tail': None, 'far_tail': None, 'n_tail': 0, 'n_far_tail': 0, 'mean': None}
for name, value in want.items():
    assert p[name] == value or abs(p[name] / value - 1) < 1e-12, (name, p[name], value)
assert list(p) == ['y', 'mixture'] + list(want)
lines = list(csv.DictReader(open('got.csv')))
assert list(lines[0]) == list(p)
assert len(lines) == len(rows)
for line, row in zip(lines, rows):
    assert line['y'] == row['y'] and line['mixture'] == row['mixture']
    for name in want:
        text = {'mean': 'inf'}.get(name, '') if row[name] is None else line[name]
        assert line[name] == text and (row[name] is None or float(text) == row[name]), name
END
python3 check.py

# Histograms are added up, and put into wider bins; standard input is one of the files.
head -n 2 h.csv >a.csv
{ head -n 1 h.csv && tail -n 2 h.csv; } >b.csv
weir compare --hist h.csv -o csv four.json >want
weir compare --hist a.csv --hist b.csv -o csv four.json >got
same got want
weir compare --hist a.csv --hist - -o csv four.json <b.csv >got
same got want
weir compare --hist h.csv -o csv - <four.json >got
same got <(sed 's/four.json/standard input/' want)
weir hist -b 1 -O wide.csv h.csv
weir compare --hist wide.csv -o csv four.json >want
weir compare --hist h.csv -b 1 -o csv four.json >got
same got want
[ "$(cut -d , -f 6 got | tail -n 1)" != 277.25887222397813 ] || fail "bins are not wider"

# Names cannot break a table.
name=$(printf 'a|b,"c"\nd.json')
cp four.json "$name"
weir compare --hist h.csv "$name" four.json | sed -n '2s/^flows  a|b,"c"?d.json  .*/yes/p' | grep -q yes || fail "text"
weir compare --hist h.csv "$name" -o markdown | grep -qF '| a\|b,"c"?d.json |' || fail "markdown"
weir compare --hist h.csv "$name" -o json | python3 -c 'import json, sys
assert json.load(sys.stdin)["rows"][0]["mixture"] == sys.argv[1]' "$name"
weir compare --hist h.csv "$name" -o csv | python3 -c 'import csv, sys
assert list(csv.DictReader(sys.stdin))[0]["mixture"] == sys.argv[1]' "$name"

# The n-th request for memory fails, for every n.
weir compare --hist h.csv models pareto.json -O want
failures=0
for ((n = 0; n < 60; n++)); do
    status=0
    WEIR_FAIL_ALLOC=$n "$WEIR" --threads 1 compare --hist h.csv models pareto.json -O out 2>stderr || status=$?
    if [ $status -eq 0 ]; then
        same out want
        rm out
        continue
    fi
    failures=$((failures + 1))
    [ $status -eq 1 ] || fail "request $n: exit $status: $(cat stderr)"
    grep -q '^weir: compare: .*memory' stderr || fail "request $n: $(cat stderr)"
    [ ! -e out ] || fail "request $n: there is an output"
done
[ $failures -ge 15 ] || fail "only $failures failures"
