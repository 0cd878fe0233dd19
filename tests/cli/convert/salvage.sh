# SPDX-License-Identifier: GPL-3.0-or-later
# Damaged, empty and odd nfcapd files give what reference/README.md's table says.
need_reference nfcapd/edge
edge=$WEIR_REFERENCE/nfcapd/edge
expect_records() {
    local want=$1 name=$2
    shift 2
    for threads in 1 2 7; do
        weir convert --threads $threads "$@" -O $threads.csv "$edge/$name.nfcapd"
        [ "$(wc -l <$threads.csv)" -eq "$want" ] || fail "$name: $(wc -l <$threads.csv) records"
        same $threads.csv 1.csv
    done
}
expect_records 32132 damaged-block0-v1 --salvage
grep -q "1 block" stderr || fail "the loss is not reported: $(cat stderr)"
expect_records 0 empty-v1
expect_records 0 empty-v2
expect_records 4593 lz4-v1
expect_records 736 trailing-garbage-v2
expect_records 26 type10-records-in-v2
expect_records 4576 unaligned-labels-v2
weir convert --salvage -O part.csv "$edge/truncated-blocks-v2.nfcapd"
n=$(wc -l <part.csv)
[ "$n" -gt 50000 ] && [ "$n" -lt 100000 ] || fail "$n records of a truncated file"
weir convert -O whole.csv "$WEIR_REFERENCE/nfcapd/isp100k-anon.v2-lz4.nfcapd"
head -n "$n" whole.csv | same - part.csv
weir convert --salvage -O part.csv "$edge/truncated-blocks-v2.nfcapd"
grep -q "lost" stderr || fail "the loss is not reported: $(cat stderr)"
weir convert --salvage -o none "$edge"
for name in damaged-block0-v1 truncated-v2 truncated-blocks-v2; do
    grep -q "^weir: warning: $edge/$name.nfcapd: left out [0-9]* damaged block" stderr ||
        fail "the damaged file $name is not named: $(cat stderr)"
done
[ "$(grep -c 'left out' stderr)" -eq 3 ] || fail "whole files are named: $(cat stderr)"

# A limit on the count ends the reading.
weir convert --count-in 1000 -O cut.csv "$WEIR_REFERENCE/nfcapd/isp100k-anon.v2-lz4.nfcapd"
head -n 1000 whole.csv | same - cut.csv
weir convert --count-out 7 --filter-expr prot==17 -O cut.csv \
    "$WEIR_REFERENCE/nfcapd/isp100k-anon.v2-lz4.nfcapd"
awk -F', ' '$2 == 17 && n++ < 7' whole.csv | same - cut.csv

# Whoever can read them: the same records as nfdump says now.
need_program nfdump
for name in lz4-v1 trailing-garbage-v2 type10-records-in-v2 unaligned-labels-v2; do
    nfdump -r "$edge/$name.nfcapd" -q -o pipe 2>/dev/null >text
    weir convert -i pipe -O want.csv text
    weir convert -O got.csv "$edge/$name.nfcapd"
    same got.csv want.csv
done
