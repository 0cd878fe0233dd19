# SPDX-License-Identifier: GPL-3.0-or-later
# Complete records: times, durations, addresses, protocols and ports as asked for, the same on any
# number of threads and in slices.
need_program python3
make_timed_flows
keys=(--sources '10.0.0.0/16*3,192.168.4.0/24:zipf:1' --destinations 172.16.0.0/12 --protocols 'tcp*6,udp*3,1'
    --ports '443*3,8000-8099')
times=(--arrivals poisson:200 --start 2015-06-10T19:00 --durations durations.csv)
weir generate -s 100000 --seed 2 "${times[@]}" "${keys[@]}" -O all h.csv
python3 - <<'END'
import collections, math
names = ('af prot inif outif sa0 sa1 sa2 sa3 da0 da1 da2 da3 sp dp first first_ms last last_ms '
         'packets octets aggs').split()
rows = [dict(zip(names, map(int, line.split(',')))) for line in open('all')]
n = len(rows)
def near(count, share, what):
    assert abs(count - n * share) < 4.9 * math.sqrt(n * share * (1 - share)), (what, count, share)
begin = [r['first'] * 1000 + r['first_ms'] for r in rows]
duration = [r['last'] * 1000 + r['last_ms'] - b for r, b in zip(rows, begin)]
assert begin == sorted(begin) and begin[0] >= 1433962800000 and all(d >= 0 for d in duration)
assert abs((begin[-1] - begin[0]) / 5 - n) < 4.9 * math.sqrt(n)
# 500 of 900 flows have one packet and no duration; 100 others have none either.
assert all(d == 0 for r, d in zip(rows, duration) if r['packets'] == 1)
near(sum(d == 0 for d in duration), 600 / 900, 'no duration')
near(sum(10 <= d < 20 for d in duration), 200 / 900, '10 to 20 ms')
near(sum(d == 1000 for d in duration), 100 / 900, '1000 ms')
short = [d for d in duration if 10 <= d < 20]
assert abs(sum(short) / len(short) - 11.5) < 4.9 * 2.5 / math.sqrt(len(short))
assert all(r['af'] == 2 and r['inif'] == r['outif'] == r['aggs'] == 0 for r in rows)
near(sum(r['sa3'] >> 16 == 0x0a00 for r in rows), 3 / 4, 'sources')
assert all(r['sa3'] >> 8 == 0xc0a804 or r['sa3'] >> 16 == 0x0a00 for r in rows)
assert all(r['da3'] >> 20 == 0xac1 for r in rows)
zipf = collections.Counter(r['sa3'] for r in rows if r['sa3'] >> 8 == 0xc0a804).most_common()
harmonic = sum(1 / k for k in range(1, 257))
for k in 1, 2, 3:
    near(zipf[k - 1][1], 1 / k / harmonic / 4, 'zipf')
for number, share in (6, 0.6), (17, 0.3), (1, 0.1):
    near(sum(r['prot'] == number for r in rows), share, 'protocol')
assert all(r['sp'] == r['dp'] == 0 for r in rows if r['prot'] == 1)
assert all(49152 <= r['sp'] and (r['dp'] == 443 or 8000 <= r['dp'] < 8100) for r in rows if r['prot'] != 1)
near(sum(r['dp'] == 443 for r in rows), 0.9 * 0.75, 'port')
END
awk 'NR > 40000 && NR <= 80000' all >want
for threads in 1 2 7; do
    weir generate -s 100000 --seed 2 --threads $threads "${times[@]}" "${keys[@]}" -O got h.csv
    same got all
    weir generate -s 100000 --seed 2 --threads $threads --skip-out 40000 --count-out 40000 \
        "${times[@]}" "${keys[@]}" -O got h.csv
    same got want
done
# Of very many flows, only those up to the end of a slice are looked at.
weir generate -s 1000000000000000 --count-out 2 --seed 2 --arrivals poisson:200 --start 2015-06-10T19:00 -O got h.csv
head -n 2 all | cut -d, -f15,16 >want
cut -d, -f15,16 got | cmp - want || fail "the first of many flows"
# What is not asked for is 0, and does not change the rest.
weir generate -s 1000 --seed 2 -O got h.csv
head -n 1000 all | cut -d, -f19-21 >want
cut -d, -f19-21 got | cmp - want || fail "sizes depend on times"
weir generate -s 1000 --seed 2 "${keys[@]}" -O got h.csv
head -n 1000 all | cut -d, -f1-14 >want
cut -d, -f1-14 got | cmp - want || fail "keys depend on times"
[ "$(cut -d, -f15-18 got | sort -u)" = " 0, 0, 0, 0" ] || fail "times without arrivals"
weir generate -s 1000 --seed 2 "${keys[@]}" -o binary -O trace h.csv
[ "$(find trace -type f | wc -l)" -eq 21 ] || fail "$(find trace)"
weir generate -s 100 --sources 2001:db8::/32 --destinations 2001:db8:ffff::/48:zipf:1.2 -O got h.csv
[ "$(cut -d, -f1,5,9 got | sort -u)" = "10, 536939960, 536939960" ] || fail "$(head -n 2 got)"
awk -F, '$10 < 4294901760 { exit 1 }' got || fail "a destination out of its prefix"
for word in 6 7 8 11 12; do
    [ "$(cut -d, -f$word got | sort -u | wc -l)" -gt 50 ] || fail "word $word of addresses hardly varies"
done

# A series: every second has its share, of flows of a day that the name tells.
mkdir series
printf '10\n0\n30.5\n9.5\n' >series/16000.flows
weir generate -s 1000 --arrivals series:series/16000.flows -O got h.csv
cut -d, -f15 got | sort | uniq -c | awk '{ print $2, $1 }' >seconds
awk 'BEGIN { want[0] = 200; want[2] = 610; want[3] = 190 }
     { d = $2 - want[$1 - 16000 * 86400]; if (d > 1 || d < -1) exit 1; n += $2 } END { exit n != 1000 }' seconds ||
    fail "$(cat seconds)"
sort -sc -t, -k15,15n -k16,16n got || fail "a series out of order"
weir generate -s 10 --arrivals series:series/16000.flows --start 5000 -O got h.csv
[ "$(head -n 1 got | cut -d, -f15)" -eq 5000 ] || fail "$(head -n 1 got)"

for name in 16000.txt 2015.flows.csv busy.flows; do # not called as a csv_series is
    cp series/16000.flows series/$name
    weir generate -s 10 --arrivals series:series/$name -O got h.csv
    [ "$(head -n 1 got | cut -d, -f15)" -eq 0 ] || fail "$name: $(head -n 1 got)"
done

# Rates: octets and durations of flows with several packets give them back.
cat >rates.csv <<'END'
bin_lo,bin_hi,flows_sum,packets_sum,octets_sum
0,1,600,700,40000
1000,1001,200,2450,60000
END
weir generate -s 3000 --arrivals poisson:9 --rates rates.csv -O got h.csv
awk -F, '{ d = ($17 - $15) * 1000 + $18 - $16; if ($19 == 1 ? d != 0 : d < $20 * 8 - 1 || d > $20 * 8 + 1) exit 1 }' got ||
    fail "rates"
echo '[[1, "lognorm", [1, 0, 5000]]]' >mixture.json
weir generate -s 3000 --arrivals poisson:9 --durations mixture.json -O got h.csv
awk -F, '$19 > 1 { n++; long += ($17 - $15) * 1000 + $18 - $16 > 5000 } END { exit long < 0.43 * n || long > 0.57 * n }' got ||
    fail "durations of a mixture"
