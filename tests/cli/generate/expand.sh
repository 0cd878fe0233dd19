# SPDX-License-Identifier: GPL-3.0-or-later
# -s 0: the histogram of the records is the one that they came from, all sums of it, for narrow and
# wide bins; the largest x comes first; --compat takes lower edges.
cat >h.csv <<'END'
bin_lo,bin_hi,flows_sum,packets_sum,octets_sum
1,2,3,3,200
4,8,4,22,1760
END
# 4 flows with 22 packets of 4 to 7 each, 80 octets a packet; 200 octets in 3 packets.
need_program python3
weir generate -s 0 -O got h.csv
python3 - <<'END'
rows = [tuple(map(int, line.split(',')))[18:] for line in open('got')]
assert len(rows) == 7 and all(row[2] == 0 for row in rows)
wide, narrow = rows[:4], rows[4:]
assert all(4 <= p < 8 and o == 80 * p for p, o, _ in wide) and sum(p for p, o, _ in wide) == 22
assert len({p for p, o, _ in wide}) > 1
assert sorted(o for p, o, _ in narrow) == [66, 67, 67] and all(p == 1 for p, o, _ in narrow)
END
weir generate -s 0 --compat -O got h.csv
[ "$(cut -d, -f19 got | paste -sd' ')" = " 4  4  4  4  1  1  1" ] || fail "$(cat got)"
[ "$(head -n 4 got | cut -d, -f20 | sort -u)" = " 320" ] || fail "$(cat got)"
[[ "$(tail -n 1 got | cut -d, -f20)" =~ ^\ 6[67]$ ]] || fail "$(cat got)"

need_reference published/histograms
for proto in all udp; do
    for name in length length_b0 size; do
        hist=$WEIR_REFERENCE/published/histograms/$proto/$name.csv
        x=${name%_b0}
        b=12
        [ "$x" = "$name" ] || b=0
        weir generate -s 0 -o binary --no-sync -O trace "$hist"
        weir hist -x "$x" -b $b -O again.csv trace
        same again.csv "$hist"
    done
done
weir hist -x size -b 0 -O b0.csv trace
weir generate -s 0 --count-out 1000 -O first.csv b0.csv
cut -d, -f20 first.csv >octets
sort -rnc octets || fail "not descending"
[ "$(head -n 1 octets)" -eq "$(tail -n 1 b0.csv | cut -d, -f1)" ] || fail "the largest is not first"
