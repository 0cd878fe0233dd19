# SPDX-License-Identifier: GPL-3.0-or-later
# All or nothing: a bad record, a missing column, an output that cannot be written.
for i in $(seq 1 20000); do
    echo "2, 6, 0, 0, 0, 0, 0, $i, 0, 0, 0, 2, 80, 443, 100, 1, 200, 2, 3, $i, 0"
done >many.csv
(cat many.csv; echo "2, 6, 0"; cat many.csv) >bad.csv
echo old >out.csv
weir convert -o binary -O trace many.csv
for threads in 1 2 7; do
    expect_failure 1 "bad.csv:20001: " hist --threads $threads -O out.csv bad.csv
    expect_failure 1 "bad.csv:20001: " hist --threads $threads bad.csv
    [ ! -s stdout ] || fail "output on stdout"
    expect_failure 1 "absent" hist --threads $threads -O out.csv trace absent
    weir hist --threads $threads -x size --count-in 20000 -O good.csv bad.csv
    [ "$(wc -l <good.csv)" -eq 20001 ] || fail "$(wc -l <good.csv) lines"
done
[ "$(cat out.csv)" = old ] || fail "the older output was touched"
expect_failure 1 "out.csv" hist -O out.csv/below many.csv
(ulimit -f 100; expect_failure 1 "out.csv" hist --no-sync -x size -O out.csv many.csv)
[ "$(cat out.csv)" = old ] || fail "the older output was touched"
if [ -w /dev/full ]; then
    status=0
    "$WEIR" hist -x size many.csv >/dev/full 2>stderr || status=$?
    [ $status -eq 1 ] || fail "full standard output: exit $status"
fi

# A column that is not needed may be absent; one that is needed is named. Bad values are named.
mkdir columns
cp trace/packets.Q trace/octets.Q columns
weir hist -x size -O with.csv trace
weir hist -x size -O without.csv columns
same with.csv without.csv
expect_failure 1 "first" hist -x duration -O out.csv columns
expect_failure 1 "aggs" hist -c aggs -O out.csv columns
mkdir negative
printf '\x01\x05\xfe\x07' >negative/packets.b
printf '\x01\x05\x07\x07' >negative/octets.B
for threads in 1 2 7; do
    expect_failure 1 "packets" hist --threads $threads -O out.csv negative
    grep -q -- "-2" stderr && grep -q "negative" stderr || fail "$(cat stderr)"
done
weir hist --count-in 2 -O good.csv negative
[ "$(wc -l <good.csv)" -eq 3 ] || fail "records behind the last one were looked at"
[ "$(cat out.csv)" = old ] || fail "the older output was touched"
