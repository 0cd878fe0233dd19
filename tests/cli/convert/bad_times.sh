# SPDX-License-Identifier: GPL-3.0-or-later
# Records whose last packet comes before their first one: taken, dropped or refused; always counted
# where it matters, and never rewritten.
record() { # FIRST FIRST_MS LAST LAST_MS PACKETS
    echo "2, 6, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 80, 443, $1, $2, $3, $4, $5, 100, 0"
}
for i in $(seq 1 3000); do
    record 1000 5 1000 5 2
    record 1000 5 1000 4 3
    record 1000 5 1001 0 4
    record 1001 0 1000 999 5
    record 1000 0 1002 0 1
done >in.csv
grep -v ', 3, 100, 0$\|, 5, 100, 0$' in.csv >good.csv
for threads in 1 2 7; do
    weir convert --threads $threads -O out.csv in.csv
    same out.csv in.csv
    weir convert --threads $threads --bad-times drop -O out.csv in.csv
    same out.csv good.csv
    grep -q "6000 records with last < first dropped" stderr || fail "$(cat stderr)"
    weir convert --threads $threads --bad-times drop --filter-expr 'packets > 2' -O out.csv in.csv
    grep ', 4, 100, 0$' good.csv | same - out.csv
    grep -q "6000 filtered out, 3000 used" stderr || fail "$(cat stderr)"
    weir convert --threads $threads --bad-times drop --skip-out 10 --count-out 2000 -O out.csv in.csv
    sed -n 11,2010p good.csv | same - out.csv
    weir convert --threads $threads --bad-times drop --skip-in 1 --count-in 4 -O out.csv in.csv
    sed -n 2,5p in.csv | grep -v ', 3, 100, 0$\|, 5, 100, 0$' | same - out.csv
    expect_failure 1 "in.csv, record 2: " convert --threads $threads --bad-times error -O x in.csv
    [ ! -e x ] || fail "an output appeared"
    weir convert --threads $threads --bad-times error --count-in 1 -O out.csv in.csv
    weir convert --threads $threads --bad-times error --filter-expr 'packets==4' -O out.csv in.csv
    weir convert --threads $threads --bad-times error --count-out 1 -O out.csv in.csv
    expect_failure 1 "record 4: " convert --threads $threads --bad-times error \
        --filter-expr 'packets != 3' -O x in.csv
    weir hist --threads $threads -x duration -c duration -O clamp.csv in.csv
    grep -q "6000 records with last < first" stderr || fail "$(cat stderr)"
    weir hist --threads $threads -x duration -c duration --bad-times drop -O drop.csv in.csv
    printf '%s\n' bin_lo,bin_hi,flows_sum,packets_sum,octets_sum,duration_sum \
        0,1,12000,33000,1200000,0 995,996,3000,12000,300000,2985000 >want.csv
    same clamp.csv want.csv
    printf '%s\n' bin_lo,bin_hi,flows_sum,packets_sum,octets_sum,duration_sum \
        0,1,6000,9000,600000,0 995,996,3000,12000,300000,2985000 >want.csv
    same drop.csv want.csv
done
weir convert -o binary -O t in.csv
rm t/last_ms.H
weir hist t >/dev/null
expect_failure 1 "last_ms" hist --bad-times drop t
expect_failure 2 "clamp, drop, error" convert --bad-times ignore in.csv
