# SPDX-License-Identifier: GPL-3.0-or-later
# Tops of real files against the statistics of nfdump: all keys and their sums.
need_program python3
need_program nfdump
need_reference nfcapd
cat >compare.py <<'END'
import csv, ipaddress, subprocess, sys
weir, path, ours, theirs = sys.argv[1:]
def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
rows = csv.reader(run(weir, '-q', 'top', path, '--by', ours, '-n', '1000000', '-o',
                      'csv').splitlines())
next(rows)
got = {}
for key, *sums in rows:
    # nfdump takes IPv6 addresses without upper half for IPv4 ones.
    if ':' in key and int(ipaddress.IPv6Address(key)) < 2**64:
        key = str(ipaddress.IPv4Address(int(ipaddress.IPv6Address(key)) % 2**32))
    got[key] = [a + int(b) for a, b in zip(got.get(key, [0, 0, 0]), sums)]
text = run('nfdump', '-6', '-q', '-r', path, '-s', theirs + '/bytes', '-n', '0', '-o', 'csv')
lines = [line for line in text.splitlines() if line.count(',') > 8]
want = {row['val']: [int(row['fl']), int(row['pkt']), int(row['byt'])]
        for row in csv.DictReader(lines)}
different = [(key, got.get(key), want.get(key)) for key in sorted(got.keys() | want.keys())
             if got.get(key) != want.get(key)]
assert got and not different, (path, ours, len(got), len(want), different[:5])
print(path, ours, len(got))
END
for file in "$WEIR_REFERENCE"/nfcapd/*.nfcapd; do
    case $file in
    *type1*) continue ;; # nfdump cannot read them
    esac
    python3 compare.py "$WEIR" "$file" sa srcip
    python3 compare.py "$WEIR" "$file" da dstip
    python3 compare.py "$WEIR" "$file" dp dstport
done
