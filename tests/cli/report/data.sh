# SPDX-License-Identifier: GPL-3.0-or-later
# The data of a page are those of the files: cells, summaries, lines and measures of mixtures,
# reports of fits, manifests; and mixtures are shown with the histogram that they belong to. Python
# works all of it out again.
need_program python3

cat >make.py <<'END'
import json, os, random
random.seed(7)

def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, 'w').write(text)

def hist(path, bins):
    write(path, 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n' +
          ''.join('%d,%d,%d,%d,%d\n' % line for line in bins))

def length_bins(n_wide, factor):
    bins = [(x, x + 1, f, f * x, f * x * 700) for x in range(1, 3000)
            if (f := factor * 40000 // (x * x) + random.randrange(3)) > 0]
    lo = 4096
    for _ in range(n_wide):
        f = random.randrange(1, 3)
        bins.append((lo, lo + 64, f, f * (lo + 5), f * (lo + 5) * 900))
        lo += 64 * random.randrange(1, 9)
    bins[1500] = (*bins[1500][:2], 2500 * factor, 2500 * factor * bins[1500][0], 99 * bins[1500][0] * 2500 * factor)
    return bins

hist('out/histograms/all/length.csv', length_bins(900, 40))
hist('out/histograms/tcp/length.csv', length_bins(30, 20)[:900])
hist('out/histograms/all/size.data', [(64, 65, 10, 10, 640), (100, 101, 20, 40, 2000), (1000, 1024, 5, 30, 5050)])
mixtures = {
    'flows': [[0.3, 'uniform', [0, 1]], [0.2, 'uniform', [0, 4]], [0.35, 'lognorm', [1.1, 0, 6.5]],
              [0.1, 'lognorm', [0.02, 0, 1501]], [1e-30, 'lognorm', [1, 0, 5]]],
    'packets': [[0.5, 'lognorm', [1.5, 0, 800.0]], [0.25, 'norm', [9000.0, 3000.0]]],
}
for directory, in_file in (('out/models/all/length', '/elsewhere/histograms/all/length.csv'),
                           ('out/models/tcp/length', '../x.csv'), ('out/swapped', 'tcp/length.csv')):
    for y, mix in mixtures.items():
        write('%s/%s.json' % (directory, y), json.dumps({'sum': 10 ** 30 + 7, 'mix': mix}))
        write('%s/%s.mode' % (directory, y), json.dumps({'in_file': in_file, 'max_iter': 12, 'other': [1]}))
write('out/lone/flows.json', json.dumps(mixtures['flows']))
write('out/models/all/length/flows.report.json', json.dumps({
    'y': 'flows', 'method': 'binned', 'iterations': 57, 'converged': True, 'last_gain': 2e-10, 'foreign': 1,
    'components': [{'name': 'x', 'weight_error': 0.25, 'parameter_errors': [0, None]}], 'warnings': ['beware']}))
write('out/manifest.json', json.dumps({
    'weir': '9.8', 'job': 'campus-hour', 'job_file': 'demo.yaml', 'threads': 2, 'cpu': 'avx2', 'secret': 'no',
    'steps': [{'step': 'h[x=length]', 'command': 'hist', 'options': ['--x-value', 'length'], 'seconds': 0.06,
               'inputs': [{'path': 'a', 'bytes': 2 ** 60, 'mtime_ns': 1234567890123456789, 'more': 1}], 'outputs': [],
               'records_read': 5, 'records_used': 'five', 'rows_written': 2, 'row_name': 'bins', 'bytes_written': 9}]}))
END
python3 make.py
weir report out -O report.html
grep -q 'histograms: 3, mixtures: 6, manifests: 1$' stderr || fail "$(cat stderr)"
grep -q 'warning: lone/flows.json: left out, because its histogram' stderr || fail "$(cat stderr)"

cat >check.py <<'END'
import json, math, re, sys
page = open('report.html', encoding='utf-8').read()
found = re.findall(r'<script type="application/json" id="data">\n(.*?)</script>', page, re.S)
assert len(found) == 1
data = json.loads(found[0])

def near(got, want, tolerance, what):
    if not (got == want or abs(got - want) <= tolerance * abs(want)):
        sys.exit('%s: expected %r, but found %r' % (what, want, got))

def equal(got, want, what):
    if got != want:
        sys.exit('%s: expected %r, but found %r' % (what, want, got))

def bins_of(path):
    return [tuple(map(int, line.split(','))) for line in open('out/' + path).read().split()[1:]]

# --- cells ---
def check_cells(path, cells):
    bins = bins_of(path)
    equal(cells['bins'], len(bins), path)
    totals = [sum(b[2 + y] for b in bins) for y in range(3)]
    heavy = lambda b: any(b[2 + y] > totals[y] // 1000 for y in range(3))
    def group(exponent):
        groups, last = [], None
        for b in bins:
            width = 2 ** max(0, b[0].bit_length() - exponent)
            key = ('alone', b[0]) if exponent == 0 or heavy(b) or b[1] - b[0] > width else b[0] // width * width
            if key != last:
                groups.append([])
            groups[-1].append(b)
            last = key
        return groups
    exponent = 0
    if len(bins) > 1024:
        exponent = next(e for e in range(12, 0, -1) if len(group(e)) <= 1024)
    groups = group(exponent)
    equal(cells['bin_exp'], exponent or None, path)
    equal(cells['lo'], [g[0][0] for g in groups], path + ' lo')
    equal(cells['width'], [g[-1][1] - g[0][0] for g in groups], path + ' width')
    for y, name in enumerate(('flows', 'packets', 'octets')):
        equal(cells[name], [sum(b[2 + y] for b in g) for g in groups], path + ' ' + name)
    return exponent

sections = {section['path']: section for section in data['histograms']}
equal(list(sections), ['histograms/all/length.csv', 'histograms/all/size.data', 'histograms/tcp/length.csv'], 'paths')
exponents = [check_cells(path, section['cells']) for path, section in sections.items()]
assert exponents[0] > 0 and exponents[1] == 0 and exponents[2] == 0, exponents
equal([section['x'] for section in sections.values()], ['length', 'size', 'length'], 'x')
equal(sections['histograms/all/size.data']['unit'], 'bytes', 'unit')

# --- summaries ---
for path, section in sections.items():
    bins = bins_of(path)
    flows, packets, octets = (sum(b[c] for b in bins) for c in (2, 3, 4))
    column = section['summary']['histograms'][0]
    equal(column['flows'], flows, path)
    equal(column['octets'], octets, path)
    near(column['average_packet_size'], octets / packets, 1e-9, path)
    equal([q['p'] for q in column['quantiles']], [0.5, 0.9, 0.99, 0.999, 0.9999], path)
assert {fact['key'] for fact in data['facts']} >= {'flows', 'average_packet_size'}

# --- lines ---
def cdf(kind, p, x):
    if kind == 'uniform':
        return min(max((x - p[0]) / p[1], 0), 1)
    z = (x - p[0]) / p[1] if kind == 'norm' else math.log(x / p[2]) / p[0] if x > 0 else -math.inf
    return math.erfc(-z / math.sqrt(2)) / 2

def sf(kind, p, x):
    if kind == 'uniform':
        return 1 - cdf(kind, p, x)
    z = (x - p[0]) / p[1] if kind == 'norm' else math.log(x / p[2]) / p[0] if x > 0 else -math.inf
    return math.erfc(z / math.sqrt(2)) / 2

def density(kind, p, x):
    if kind == 'uniform':
        return 1 / p[1] if p[0] <= x <= p[0] + p[1] else 0
    if kind == 'norm':
        return math.exp(-((x - p[0]) / p[1]) ** 2 / 2) / p[1] / math.sqrt(2 * math.pi)
    return math.exp(-(math.log(x / p[2]) / p[0]) ** 2 / 2) / x / p[0] / math.sqrt(2 * math.pi)

def pdf(kind, p, x):
    if x >= 1024:
        return density(kind, p, x)
    below = 0 if x == 1 else x - 1
    return max(cdf(kind, p, x) - cdf(kind, p, below), sf(kind, p, below) - sf(kind, p, x), key=abs)

def check_line(line, x, parts, least, least_pdf, what):
    for i in range(len(x)):
        F, S, f = (sum(w * of(kind, p, x[i]) for w, kind, p in parts) for of in (cdf, sf, pdf))
        value = F if i < line['split'] else S
        equal(i < line['split'], F < 0.5, what)
        for got, want, floor in ((line['tail'][i], value, least), (line['pdf'][i], f, least_pdf)):
            if got == 0:
                assert want < floor * 1.001, (what, x[i], got, want)
            else:
                near(got, want, 6e-4, '%s at %g' % (what, x[i]))

def check_mixture(model, mixture, bins):
    y, x = mixture['y'], model['x']
    mix = json.load(open('out/%s/%s.json' % (model['path'], y)))['mix']
    weight = sum(w for w, _, _ in mix)
    least = 1e-3 / sum(b[2] for b in bins)
    span = bins[-1][1] - 1 - bins[0][0] + 1
    equal(x, sorted(set(x)), 'places')
    equal((x[0], x[-1]), (bins[0][0], bins[-1][1] - 1), 'places')
    assert 80 < len(x) < 250, len(x)
    check_line(mixture, x, [(w / weight, k, p) for w, k, p in mix], least, least / span, y)
    assert len(mixture['components']) == len(mix)
    for component, (w, kind, p) in zip(mixture['components'], mix):
        equal((component['kind'], component['parameters']), (kind, p), y)
        near(component['weight'], w / weight, 1e-14, y)
        if w < 1e-20:
            assert 'pdf' not in component
            continue
        share = w / weight
        check_line(component, x, [(1, kind, p)], least / share, least / span / share, '%s %s' % (y, kind))
        if kind == 'lognorm' and p[0] == 0.02 and x[-1] > 1600: # seen although it is narrow
            assert max(component['pdf']) > 0.99 * density(kind, p, p[2])

def check_quality(quality, mix, bins, column):
    weight = sum(w for w, _, _ in mix)
    total = sum(b[column] for b in bins)
    below = worst = 0
    for b in bins:
        below += b[column]
        worst = max(worst, abs(sum(w / weight * cdf(k, p, b[1] - 1) for w, k, p in mix) - below / total))
    near(quality['ks'], worst, 1e-9, 'ks')

def check_model(model, hist_path):
    bins = bins_of(hist_path)
    equal([m['y'] for m in model['mixtures']], ['flows', 'packets'], model['path'])
    for column, mixture in enumerate(model['mixtures'], 2):
        equal(mixture['sum'], 10 ** 30 + 7, 'sum')
        equal(mixture['mode']['max_iter'], 12, 'mode')
        assert set(mixture['mode']) == {'in_file', 'max_iter'}
        check_mixture(model, mixture, bins)
        mix = json.load(open('out/' + mixture['file']))['mix']
        check_quality(mixture['quality'], mix, bins, column)

# --- what belongs to what: by the end of in_file, else by place ---
equal({path: [model['path'] for model in section['models']] for path, section in sections.items()},
      {'histograms/all/length.csv': ['models/all/length'], 'histograms/all/size.data': [],
       'histograms/tcp/length.csv': ['models/tcp/length', 'swapped']}, 'models')
for path, section in sections.items():
    for model in section['models']:
        check_model(model, path)

# --- reports of fits, manifests, warnings: what is known, and of the right type ---
mixture = sections['histograms/all/length.csv']['models'][0]['mixtures'][0]
equal(mixture['report'], {'method': 'binned', 'iterations': 57, 'converged': True, 'last_gain': 2e-10,
      'components': [{'weight_error': 0.25, 'parameter_errors': [0, None]}], 'warnings': ['beware']}, 'report')
manifest = json.load(open('out/manifest.json'))
del manifest['secret'], manifest['steps'][0]['inputs'][0]['more'], manifest['steps'][0]['records_used']
equal(data['manifests'], [{'path': 'manifest.json', **manifest}], 'manifest')
equal((data['title'], data['directory']), ('campus-hour', 'out'), 'title')
assert len(data['warnings']) == 1 and data['warnings'][0].startswith('lone/flows.json'), data['warnings']
END
python3 check.py

# Titles: that of the option, of the job, of the directory.
title() { sed -n 's/^{"weir": "[^"]*", "title": "\([^"]*\)".*/\1/p' report.html; }
weir report out/ --title "One hour" -O report.html
[ "$(title)" = "One hour" ] || fail "$(title)"
weir report out/histograms/ -O report.html
[ "$(title)" = histograms ] || fail "$(title)"
(cd out/histograms && "$WEIR" --quiet report . -O ../../report.html)
[ "$(title)" = "Traffic report" ] || fail "$(title)"
