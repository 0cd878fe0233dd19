# SPDX-License-Identifier: GPL-3.0-or-later
# Values at the edges: times that run backwards, huge octets and rates, no packets, no records.
record() { # FIRST FIRST_MS LAST LAST_MS PACKETS OCTETS AGGS
    echo "2, 6, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 80, 443, $1, $2, $3, $4, $5, $6, $7"
}
expect() {
    printf '%s\n' "$@" >want.csv
    same out.csv want.csv
}
top=18446744073709551615
{
    record 1000 0 1000 1 2 $top 1
    record 1000 0 1000 1 2 $top 4294967295
    record 1000 5 1000 4 7 100 0
    record 1001 0 1000 999 1 100 0
    record 1000 0 4294967295 999 $top 0 0
    record 1000 0 1000 0 0 0 0
    record 1000 0 1003 0 3 1 1
} >in.csv
weir hist -x rate -b 0 -c aggs -c rate -c duration -O out.csv in.csv
grep -q ", 2 records with last < first" stderr || fail "bad times: $(cat stderr)"
expect bin_lo,bin_hi,flows_sum,packets_sum,octets_sum,aggs_sum,rate_sum,duration_sum \
    0,1,4,18446744073709551623,200,0,0,4294966295999 \
    2,3,1,3,1,1,2,3000 \
    147573952589676412920000,147573952589676412920001,2,4,36893488147419103230,4294967296,295147905179352825840000,2
weir hist -x rate -b 12 -O out.csv in.csv
expect bin_lo,bin_hi,flows_sum,packets_sum,octets_sum \
    0,1,4,18446744073709551623,200 \
    2,3,1,3,1 \
    147537059101528993824768,147573952589676412928000,2,4,36893488147419103230
weir hist -x size -b 1 -O out.csv in.csv
expect bin_lo,bin_hi,flows_sum,packets_sum,octets_sum \
    0,1,2,18446744073709551615,0 \
    1,2,1,3,1 \
    64,128,2,8,200 \
    9223372036854775808,18446744073709551616,2,4,36893488147419103230
weir hist -x length -b 63 -c aggs -O out.csv in.csv
expect bin_lo,bin_hi,flows_sum,packets_sum,octets_sum,aggs_sum \
    0,1,1,0,0,0 \
    1,2,1,1,100,0 \
    2,3,2,4,36893488147419103230,4294967296 \
    3,4,1,3,1,1 \
    7,8,1,7,100,0 \
    18446744073709551614,18446744073709551616,1,18446744073709551615,0,0

# An empty input is a valid, empty histogram.
: >empty
weir hist -c rate -O out.csv empty
expect bin_lo,bin_hi,flows_sum,packets_sum,octets_sum,rate_sum
