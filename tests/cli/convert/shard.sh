# SPDX-License-Identifier: GPL-3.0-or-later
# --shard I/N: the parts, in order, are the whole, whatever the inputs and the number of parts.
line() { echo "2, 6, 0, 0, 0, 0, 0, $1, 0, 0, 0, 2, 80, 443, 100, 1, 200, 2, 3, $1, 0"; }
for i in $(seq 1 30000); do line "$i"; done >a.csv
mkdir dir
cp a.csv dir/a.csv
line 7 >dir/b.csv
: >dir/c.csv
weir convert -o binary -O dir/d a.csv
for i in 1 2 3 4 5; do cat a.csv; done >dir/e.csv
weir convert -O whole.csv dir
for n in 1 2 3 7 60; do
    : >parts.csv
    for i in $(seq 1 $n); do
        weir convert --threads $((i % 3 + 1)) --shard "$i/$n" -O part.csv dir
        cat part.csv >>parts.csv
        [ $n -gt 7 ] || [ -s part.csv ] || fail "part $i of $n is empty"
    done
    same parts.csv whole.csv
done
weir convert --shard 2/3 -o binary -O part dir
weir convert --shard 2/3 -O part.csv dir
weir convert part | same - part.csv

# Slices and filters apply to the part.
weir convert --shard 2/3 --skip-in 10 --count-in 20 -O cut.csv dir
sed -n 11,30p part.csv | same - cut.csv

for bad in 0/3 4/3 1/0 1 /3 1/ -1/3 a/b 1/3/5; do
    expect_failure 2 "--shard: expected I/N" convert --shard=$bad dir
done
expect_failure 2 "--shard needs files" convert --shard 1/2 -i csv_flow - < <(line 1)
if [ -e "$WEIR_REFERENCE/nfcapd" ]; then
    file=$WEIR_REFERENCE/nfcapd/isp100k-anon.v2-lz4.nfcapd
    for i in 1 2 3 4; do weir convert --shard $i/4 "$file" -O - 2>/dev/null; done >parts.csv
    weir convert "$file" -O whole.csv
    same parts.csv whole.csv
fi
