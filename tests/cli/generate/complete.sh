# SPDX-License-Identifier: GPL-3.0-or-later
# Complete records: times, durations, addresses, protocols and ports as asked for, the same on any
# number of threads and in slices.
need_program python3
cat >h.csv <<'END'
bin_lo,bin_hi,flows_sum,packets_sum,octets_sum
1,2,500,500,40000
2,4,300,650,60000
16,32,100,2000,1400000
END
cat >durations.csv <<'END'
bin_lo,bin_hi,flows_sum,packets_sum,octets_sum,duration_sum
0,1,600,700,40000,0
10,20,200,2450,60000,2300
1000,1001,100,2000,1400000,100000
END
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

expect_failure 2 "--durations has no effect without --arrivals" generate --durations durations.csv -O out h.csv
expect_failure 2 "--ports has no effect without --protocols" generate --ports 80 -O out h.csv
expect_failure 2 "--active-timeout has no effect without --durations or --rates" generate --arrivals poisson:1 -A 60 -O out h.csv
expect_failure 2 "--inactive-timeout has no effect without --active-timeout" generate -I 9 -O out h.csv
expect_failure 2 "either --durations or --rates" generate --arrivals poisson:1 --rates rates.csv --durations durations.csv -O out h.csv
expect_failure 2 "poisson:RATE" generate --arrivals poisson:0 -O out h.csv
expect_failure 2 "poisson:RATE" generate --arrivals every:9 -O out h.csv
expect_failure 2 "--start:" generate --arrivals poisson:1 --start noon -O out h.csv
expect_failure 2 'found "10.0.0.1/8"' generate --sources 10.0.0.1/8 -O out h.csv
expect_failure 2 "one address family" generate --sources 10.0.0.0/8,::/64 -O out h.csv
expect_failure 2 "the address family of --sources" generate --sources 10.0.0.0/8 --destinations ::/64 -O out h.csv
expect_failure 2 'found "tpc"' generate --protocols tpc -O out h.csv
expect_failure 2 'found "256"' generate --protocols 256 -O out h.csv
expect_failure 2 'found "90-80"' generate --protocols tcp --ports 90-80 -O out h.csv
expect_failure 2 'found "80*-1"' generate --protocols tcp --ports 80*-1 -O out h.csv
printf '1\nx\n' >bad.flows
expect_failure 1 'bad.flows:2: expected a number of flows, but found "x"' generate --arrivals series:bad.flows -O out h.csv
printf '0\n0\n' >bad.flows
expect_failure 1 "bad.flows: expected seconds with flows" generate --arrivals series:bad.flows -O out h.csv
expect_failure 1 "missing" generate --arrivals series:missing -O out h.csv
expect_failure 1 "missing" generate --arrivals poisson:1 --durations missing -O out h.csv
expect_failure 1 "expected times of up to 2^32 s" generate -s 9 --arrivals poisson:0.000001 --start 2106-02-07T00:00 -O out h.csv
expect_failure 2 "no effect with --cdf-table" generate --cdf-table --protocols tcp -O out h.csv
[ ! -e out ] || fail "there is an output"

arguments=(-s 9 "${times[@]}" "${keys[@]}" h.csv)
weir generate "${arguments[@]}" -O want
failures=0
for ((n = 0; n < 300; n++)); do
    status=0
    WEIR_FAIL_ALLOC=$n "$WEIR" -q --threads 1 generate "${arguments[@]}" -O got.$n 2>stderr || status=$?
    [ $status -ne 0 ] || break
    failures=$((failures + 1))
    [ $status -eq 1 ] || fail "request $n: exit $status: $(cat stderr)"
    grep -q '^weir: generate: .*memory' stderr || fail "request $n: $(cat stderr)"
    [ ! -e got.$n ] || fail "request $n: there is an output"
done
[ "$failures" -ge 30 ] || fail "only $failures requests failed"
same got.$n want

# A histogram of something else is refused where its sums tell, and else warned of.
cat >other.csv <<'END'
bin_lo,bin_hi,flows_sum,packets_sum,octets_sum,duration_sum,rate_sum
1,2,500,500,40000,0,0
2,4,300,650,60000,9000,480000
16,32,100,2000,1400000,90000,12000000
END
for option in durations rates; do
    expect_failure 1 "other.csv: expected a histogram of ${option%s}, but found one of length" generate \
        --arrivals poisson:1 --$option other.csv -O out h.csv
    "$WEIR" generate --arrivals poisson:1 --$option h.csv -O got h.csv 2>stderr
    grep -q "warning: h.csv: taken for a histogram of ${option%s}, but looks like one of length" stderr ||
        fail "$(cat stderr)"
done
"$WEIR" generate --arrivals poisson:1 --rates durations.csv -O got h.csv 2>&1 | grep -q 'looks like one of duration' ||
    fail "rates of durations"
for known in --durations=durations.csv --rates=rates.csv; do
    "$WEIR" generate --arrivals poisson:1 $known -O got h.csv 2>stderr
    ! grep -q warning stderr || fail "$(cat stderr)"
done
