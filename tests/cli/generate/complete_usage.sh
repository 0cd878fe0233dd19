# SPDX-License-Identifier: GPL-3.0-or-later
# Mistakes in what makes records complete are told.
make_timed_flows
cat >rates.csv <<'END'
bin_lo,bin_hi,flows_sum,packets_sum,octets_sum
0,1,600,700,40000
1000,1001,200,2450,60000
END
expect_failure 2 "--durations has no effect without --arrivals" generate --durations durations.csv -O out h.csv
expect_failure 2 "--ports has no effect without --protocols" generate --ports 80 -O out h.csv
expect_failure 2 "--active-timeout has no effect without --durations or --rates" generate --arrivals poisson:1 -A 60 -O out h.csv
expect_failure 2 "--inactive-timeout has no effect without --active-timeout" generate -I 9 -O out h.csv
expect_failure 2 "either --durations or --rates" generate --arrivals poisson:1 --rates rates.csv --durations durations.csv -O out h.csv
expect_failure 2 "poisson:RATE" generate --arrivals poisson:0 -O out h.csv
expect_failure 2 "poisson:RATE" generate --arrivals every:9 -O out h.csv
expect_failure 2 "--start:" generate --arrivals poisson:1 --start noon -O out h.csv
expect_failure 2 'found "10.0.0.1/8"' generate --sources 10.0.0.1/8 -O out h.csv
expect_failure 2 'sources: expected an address without bits behind its prefix, but found "10.0.0.1/8"' generate \
    --sources 10.0.0.1/8 -O out h.csv
expect_failure 2 'sources: expected a weight above 0 behind "*", but found "10.0.0.0/8*0"' generate \
    --sources '10.0.0.0/8*0' -O out h.csv
expect_failure 2 'expected a number above 0 and up to 10 behind ":zipf:"' generate --sources 10.0.0.0/8:zipf:x -O out h.csv
expect_failure 2 'destinations: expected a prefix of up to 32 bits' generate --destinations 10.0.0.0/33 -O out h.csv
expect_failure 2 'protocols: expected a protocol such as tcp, 6 or' generate --protocols tpc -O out h.csv
expect_failure 2 'ports: expected a number up to 65535' generate --protocols TCP --ports http -O out h.csv
expect_failure 2 'of at least 1e-06 flows per second, but found 1e-9' generate --arrivals poisson:1e-9 -O out h.csv
weir generate -s 10 --protocols TCP,Udp -O got h.csv
weir generate -s 10 --protocols tcp,17 -O want h.csv
same got want
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

keys=(--sources '10.0.0.0/16*3,192.168.4.0/24:zipf:1' --destinations 172.16.0.0/12 --protocols 'tcp*6,udp*3,1'
    --ports '443*3,8000-8099')
times=(--arrivals poisson:200 --start 2015-06-10T19:00 --durations durations.csv)
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
