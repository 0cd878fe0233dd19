# SPDX-License-Identifier: GPL-3.0-or-later
# Real nfcapd files: headers and totals against nfdump -I, losses under --salvage.
need_program python3
need_program nfdump
need_reference nfcapd
cat >compare.py <<'END'
import json, subprocess, sys
weir, path = sys.argv[1:]
def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
got = json.loads(run(weir, '-q', 'info', path, '-o', 'json'))['inputs'][0]
head = json.loads(run(weir, '-q', 'info', '--header', path, '-o', 'json'))['inputs'][0]
stat = dict(line.split(': ', 1) for line in run('nfdump', '-I', '-r', path).splitlines()
            if ': ' in line)
for ours, theirs in (('flows', 'Flows'), ('packets', 'Packets'), ('octets', 'Bytes')):
    assert got['header_' + ours] == int(stat[theirs]), (path, ours)
    assert got['total'][ours] == int(stat[theirs]), (path, ours, got, stat)
    for name in ('tcp', 'udp', 'icmp', 'other'):
        assert got[name][ours] == int(stat[f'{theirs}_{name}']), (path, ours, name)
assert got['first']['epoch_ms'] == int(stat['First']) * 1000 + int(stat['msec_first']), path
assert got['last']['epoch_ms'] == int(stat['Last']) * 1000 + int(stat['msec_last']), path
assert got.get('ident', 'none') == stat['Ident'].strip(), path
assert 'records' not in head and 'tcp' not in head
assert head['header_flows'] == got['header_flows'] and head['bytes'] == got['bytes']
END
for file in ctu-scan33s.v1-none isp100k-anon.v2-lz4 mikrotik60s.v2-none; do
    python3 compare.py "$WEIR" "$WEIR_REFERENCE/nfcapd/$file.nfcapd"
done
weir info "$WEIR_REFERENCE/nfcapd/isp100k-anon.v2-lz4.nfcapd" >isp.txt
grep -q '^  compression  *LZ4$' isp.txt || fail "$(cat isp.txt)"
grep -q '^  layout  *2$' isp.txt || fail "$(cat isp.txt)"
grep -q '^  nfdump version  *1\.7\.' isp.txt || fail "$(cat isp.txt)"
edge=$WEIR_REFERENCE/nfcapd/edge
expect_failure 1 "damaged-block0-v1" info "$edge/damaged-block0-v1.nfcapd"
weir info --salvage "$edge/damaged-block0-v1.nfcapd" -o json >salvage.json
python3 -c 'import json
got = json.load(open("salvage.json"))["inputs"][0]
assert got["records"] == 32132 and got["lost_blocks"] == 1 and got["lost_records"] == 39181, got'
