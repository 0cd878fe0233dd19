# SPDX-License-Identifier: GPL-3.0-or-later
# The jobs in datasets: the whole line on generated traffic, the collector's files, the published
# model.
need_program python3
need_program gnuplot
datasets=$WEIR_SOURCE/datasets
weir run --output demo "$datasets/demo.yaml"
python3 - <<'END'
import csv, json
def sums(path):
    rows = list(csv.DictReader(open(path)))
    return [sum(int(row[y + '_sum']) for row in rows) for y in ('flows', 'packets', 'octets')]
steps = {step['step']: step for step in json.load(open('demo/manifest.json'))['steps']}
assert 1.01e6 < steps['exported']['rows_written'] < 1.2e6, 'few flows were sent in parts, or very many'
flows, packets, octets = sums('demo/histograms/all/length.csv')
assert 999900 < flows <= 10 ** 6 and flows == steps['merged']['rows_written'], flows
assert sums('demo/histograms/all/size.csv') == [flows, packets, octets]
tcp, udp = (sums(f'demo/histograms/{proto}/length.csv')[0] for proto in ('tcp', 'udp'))
assert abs(tcp / flows - 0.77) < 0.005 and abs(udp / flows - 0.22) < 0.005, (tcp, udp)
report = json.load(open('demo/mixtures/all/length/flows.report.json'))
assert report['ks'] < 0.02 and report['effective_flows'] == flows, report
END
grep -q '^|' demo/summary/size.md || fail "no table"
# Flows last as long as flows do.
weir hist demo/trace -x duration -b 1 -O durations.csv
tail -n 1 durations.csv | awk -F, '$1 < 1800000 || $2 > 2 * 3600 * 1000 + 300000 { exit 1 }' || fail "$(tail -n 1 durations.csv)"
weir run --output made "$datasets/durations.yaml"
diff -r made/durations "$datasets/durations"
weir run --output demo "$datasets/demo.yaml"
grep -q 'steps are as they were' stderr || fail "$(cat stderr)"
weir run --dry-run "$datasets/nfcapd.yaml" >plan
grep -q 'mixtures\[proto=udp,x=size\]' plan || fail "$(cat plan)"

need_reference published/mixtures
weir run --let "dir=$WEIR_REFERENCE/published/histograms" --output published "$datasets/published.yaml"
[ "$(find published -name '*.json' ! -name manifest.json | wc -l)" -eq 18 ] || fail "$(find published)"
python3 - "$WEIR_REFERENCE/published/mixtures/udp/size/octets.json" published/udp/size/octets.json <<'END'
import json, sys
want, got = (json.load(open(path))['mix'] for path in sys.argv[1:])
for a, b in zip(want, got):
    for p, q in zip([a[0]] + a[2], [b[0]] + b[2]):
        assert abs(p - q) <= 1e-9 * abs(p), (a, b)
END
