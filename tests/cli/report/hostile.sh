# SPDX-License-Identifier: GPL-3.0-or-later
# Names, titles and texts of files cannot leave the data block of a page, and arrive as they are.
need_program python3
cat >make.py <<'END'
import json, os
evil = '</script><script>alert(1)</script><!-- & \u2028\u2029 "\\ \u00e9'
os.makedirs(b'out/' + evil.replace('/', '\u2215').encode() + b'/\xff')
head = 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n1,2,3,3,300\n2,3,4,8,900\n'
open(b'out/' + evil.replace('/', '\u2215').encode() + b'/h.csv', 'w').write(head)
open(b'out/' + evil.replace('/', '\u2215').encode() + b'/\xff/<\n>.csv', 'w').write(head)
for name in ('</script', ):
    os.makedirs('out/<', exist_ok=True)
    open('out/' + name, 'w').write(head) # "<" and "script" below it
open('out/flows.json', 'w').write('{"sum": 7, "mix": [[1, "uniform", [0, 2]]]}')
open('out/flows.mode', 'w').write(json.dumps({'in_file': '</script'}))
open('out/flows.report.json', 'w').write(json.dumps({'warnings': [evil], 'method': evil}, ensure_ascii=False))
open('out/manifest.json', 'w').write(json.dumps({'job': evil, 'weir': evil, 'steps': [{'command': evil, 'options': [evil]}]}, ensure_ascii=False))
open('evil', 'w').write(evil)
END
python3 make.py
weir report out -O report.html
weir report out --title "$(cat evil)" -O titled.html
cat >check.py <<'END'
import json, re, sys
evil = open('evil').read()
for name in ('report.html', 'titled.html'):
    page = open(name, encoding='utf-8').read()
    # The script elements of the template, and the comment at its start, are all there is.
    assert len(re.findall(r'<script', page, re.I)) == 2 and len(re.findall(r'</script', page, re.I)) == 2
    assert len(re.findall(r'<!--', page)) == 1
    block = page.split('id="data">\n')[1].split('</script>')[0]
    for bad in '<>&\u2028\u2029':
        assert bad not in block, (name, bad)
    data = json.loads(block)
    assert data['title'] == evil, data['title']
    assert data['manifests'][0]['steps'] == [{'command': evil, 'options': [evil]}]
    paths = [section['path'] for section in data['histograms']]
    folder = evil.replace('/', '\u2215')
    want = {'</script', folder + '/h.csv'}
    assert want <= set(paths) and len(paths) == 3, paths
    # A name that is no UTF-8 is shown with its bytes as numbers.
    (odd,) = set(paths) - want
    assert odd.endswith('/\\xff/<\n>.csv'), odd
    (model,) = [m for section in data['histograms'] for m in section['models']]
    assert data['histograms'][paths.index('</script')]['models'] == [model]
    assert model['mixtures'][0]['report'] == {'method': evil, 'warnings': [evil]}
END
python3 check.py

# JSON that is deep, huge, or of the wrong kind is told and left out.
mkdir bad
cp out/'<'/script bad/h.csv
python3 -c 'print("[" * 100000)' >bad/manifest.json
printf '[]' >bad/flows.report.json
cp out/flows.json bad
printf '{"job": ["x"], "steps": [{"command": "a"}, 5], "threads": "2"}' >bad/good.json
weir report bad -O bad.html
grep -q 'warning: bad/manifest.json:1:[0-9]*: expected JSON' stderr || fail "$(cat stderr)"
grep -q 'warning: bad/flows.report.json: expected an object' stderr || fail "$(cat stderr)"
mv bad/good.json bad/manifest.json
weir report bad -O bad.html
python3 - <<'END'
import json
block = open('bad.html', encoding='utf-8').read().split('id="data">\n')[1].split('</script>')[0]
assert json.loads(block)['manifests'] == [{'path': 'manifest.json'}]
END
