# SPDX-License-Identifier: GPL-3.0-or-later
# Slices are parts of the whole, whatever its size and the number of threads; all formats agree.
cat >h.csv <<'END'
bin_lo,bin_hi,flows_sum,packets_sum,octets_sum
1,2,50000,50000,2900000
2,4,30000,65000,6000000
4,4096,100,42000,4100000
END
for s in 90000 0; do
    weir generate -s $s --seed 5 -O all h.csv
    lines=$(wc -l <all)
    for cut in "0 1" "1 0" "40000 60000" "80090 10" "7 32768"; do
        read -r skip count <<<"$cut"
        awk -v skip="$skip" -v count="$count" 'NR > skip && NR <= skip + count' all >want
        for threads in 1 2 7; do
            weir generate -s $s --seed 5 --threads $threads --skip-out "$skip" --count-out "$count" -O got h.csv
            same got want
        done
    done
    weir generate -s $s --seed 5 --skip-out $((lines - 5)) -O got h.csv
    tail -n 5 all >want
    same got want
    : >want
    weir generate -s $s --seed 5 --skip-out 200000 -O got h.csv
    same got want
    weir generate -s $s --seed 5 --skip-out -3 --count-out -1 -O got h.csv
    same got want
    weir generate -s $s --seed 5 -o binary -O trace h.csv
    weir hist -O want.csv all
    weir hist -O got.csv trace
    same got.csv want.csv
done
# The first records are the same however many there are.
weir generate -s 1000000 --seed 5 --count-out 90000 -O got h.csv
weir generate -s 90000 --seed 5 -O all h.csv
same got all

[ "$(find trace -type f | sort | paste -sd' ')" = "trace/octets.Q trace/packets.Q" ] || fail "$(find trace)"
[ "$(head -n 1 all | cut -d, -f1-18,21)" = "$(printf '0, %.0s' {1..18})0" ] || fail "$(head -n 1 all)"
weir generate -s 3 -o pipe -O got h.csv
[ "$(grep -c '^0|0|0|0|' got)" -eq 3 ] || fail "pipe: $(cat got)"
weir generate -s 100 -o none h.csv >stdout
[ ! -s stdout ] || fail "none writes"
weir generate -O got h.csv
[ "$(wc -l <got)" -eq 1 ] || fail "not one record by default"
"$WEIR" generate -s 100 -o none h.csv 2>&1 | grep -q 'generate: 100 records written (0 B), 1 input, ' || fail "report"
"$WEIR" --log json generate -s 100 -o none h.csv 2>&1 | grep -q '"rows_written": 100' || fail "report"
