# SPDX-License-Identifier: GPL-3.0-or-later
# What info counts, against Python and nfdump -I, at 1, 2 and 7 threads; hints, losses, refusals.
need_program python3
cat >check.py <<'END'
import json, sys
document = json.load(open(sys.argv[1]))
totals = []
for path in sys.argv[2:]:
    records = [[int(v) for v in line.split(',')] for line in open(path)]
    want = {name: {'flows': 0, 'packets': 0, 'octets': 0}
            for name in ('total', 'tcp', 'udp', 'icmp', 'other')}
    for r in records:
        for name in ('total', {6: 'tcp', 17: 'udp', 1: 'icmp', 58: 'icmp'}.get(r[1], 'other')):
            want[name]['flows'] += 1
            want[name]['packets'] += r[18]
            want[name]['octets'] += r[19]
    times = [(r[14] * 1000 + r[15], r[16] * 1000 + r[17]) for r in records]
    want['records'] = len(records)
    want['last_before_first'] = sum(b < a for a, b in times)
    want['without_packets'] = sum(r[18] == 0 for r in records)
    want['epochs'] = min(a for a, b in times), max(b for a, b in times)
    totals.append(want)
for got, want in zip(document['inputs'] + [document['total']], totals + [None]):
    if want is None:
        assert got['inputs'] == len(totals)
        want = {'records': sum(t['records'] for t in totals),
                'last_before_first': sum(t['last_before_first'] for t in totals),
                'without_packets': sum(t['without_packets'] for t in totals),
                'epochs': (min(t['epochs'][0] for t in totals), max(t['epochs'][1] for t in totals))}
        for name in ('total', 'tcp', 'udp', 'icmp', 'other'):
            want[name] = {k: sum(t[name][k] for t in totals) for k in totals[0][name]}
    assert (got['first']['epoch_ms'], got['last']['epoch_ms']) == want['epochs'], got
    for name, value in want.items():
        assert name == 'epochs' or got[name] == value, (name, got[name], value)
END
cat >make.py <<'END'
import random, sys
random.seed(int(sys.argv[1]))
for i in range(int(sys.argv[2])):
    first, last = 1500000000 + random.getrandbits(8), 1500000000 + random.getrandbits(8)
    packets = int(sys.argv[3]) * random.choice((0, 1, 2, 7, 30, random.getrandbits(50)))
    print(2, random.choice((1, 6, 6, 17, 58, 47)), 1, 2, *[0] * 3, 9, *[0] * 3, 1, 1024, 80, first,
          random.randrange(1000), last, random.randrange(1000), packets,
          random.choice((0, 40, 2**63 - 1)), 0, sep=', ')
END
python3 make.py 1 9000 1 >a.csv
python3 make.py 2 5 1 >b.csv
python3 make.py 3 20000 500 >c.csv
for format in text json; do
    for threads in 1 2 7; do
        weir info a.csv b.csv c.csv -o $format --threads $threads -O $format.$threads
        same $format.$threads $format.1
    done
done
python3 check.py json.1 a.csv b.csv c.csv
[ "$(grep -c 'sampled 1 in *500$' text.1)" -eq 1 ] || fail "sampled: $(cat text.1)"
weir info - -i csv_flow -o json <a.csv >stdin.json
python3 check.py stdin.json a.csv
weir convert a.csv -o binary -O trace
weir info trace -o json >trace.json
python3 check.py trace.json a.csv
weir info trace | grep -q "^  columns .* prot.B .* packets.Q octets.Q" || fail "columns"

# Few columns, no records, filters.
mkdir few
printf '\1\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0' >few/packets.Q
weir info few >few.txt
grep -q '^  records  *2$' few.txt || fail "$(cat few.txt)"
! grep -q 'tcp\|first\|total  ' few.txt || fail "what is not there: $(cat few.txt)"
: >empty.csv
weir info empty.csv -o json | python3 -c 'import json, sys
assert json.load(sys.stdin)["total"] == {"inputs": 1, "records": 0}'
weir info a.csv --filter-expr 'prot==6' >tcp.txt
awk -F, '$2 == 6' a.csv | wc -l >want
[ "$(awk '$1 == "records" { print $2; exit }' tcp.txt)" -eq "$(cat want)" ] || fail "filter"
awk '$1 == "udp" { if ($2 != 0) exit 1 }' tcp.txt || fail "filter: $(cat tcp.txt)"

# Only headers; a text is not even looked at, a name cannot break the page.
cp a.csv "$(printf 'a\nb.csv')"
weir info --header trace "$(printf 'a\nb.csv')" >header.txt
grep -qx 'a?b.csv' header.txt || fail "$(cat header.txt)"
[ "$(grep -c '^  records' header.txt)" -eq 1 ] || fail "$(cat header.txt)"
grep -q '^  fields  *21$' header.txt || fail "$(cat header.txt)"
echo "what is this" >foreign
expect_failure 1 "foreign" info foreign
expect_failure 2 "option -o" info a.csv -o csv
expect_failure 2 "expected another file than the inputs" info a.csv -O a.csv

# The n-th request for memory fails, for every n.
weir info b.csv -o json -O want.json
failures=0
for ((n = 0; n < 120; n++)); do
    status=0
    WEIR_FAIL_ALLOC=$n "$WEIR" --threads 1 info b.csv -o json -O out.json 2>stderr || status=$?
    if [ $status -eq 0 ]; then
        same out.json want.json
        rm out.json
        continue
    fi
    failures=$((failures + 1))
    [ $status -eq 1 ] || fail "request $n: exit $status: $(cat stderr)"
    grep -q '^weir: info: .*memory' stderr || fail "request $n: $(cat stderr)"
    [ ! -e out.json ] || fail "request $n: there is an output"
done
[ $failures -ge 15 ] || fail "only $failures failures"
