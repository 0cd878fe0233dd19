# SPDX-License-Identifier: GPL-3.0-or-later
# Long flows parted as an exporter would: merge and sort give the whole ones back.
cat >h.csv <<'END'
bin_lo,bin_hi,flows_sum,packets_sum,octets_sum
1,2,500,500,40000
2,4,300,650,60000
16,8192,100,200000,140000000
END
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n0,1,600,1,1\n1000,4000000,300,1,1\n' >durations.csv
flows=(-s 40000 --arrivals poisson:30 --start 2020-02-02T00:00 --durations durations.csv
    --sources 10.0.0.0/8 --destinations 172.16.0.0/12 --protocols 'tcp*6,udp*3' --ports 1-65535)
weir generate "${flows[@]}" -o binary -O whole h.csv
weir sort -k first,first_ms,last,sa3,da3 -o csv_flow -O want whole
cut -d, -f1-20 want >want.20
for timeouts in "300 15" "60 5"; do
    read -r active idle <<<"$timeouts"
    weir generate "${flows[@]}" -A "$active" -I "$idle" -o binary -O parts h.csv
    [ "$(stat -c %s parts/octets.Q)" -gt "$(stat -c %s whole/octets.Q)" ] || fail "no parts"
    for order in generated first; do
        weir sort -k first,first_ms -O first parts
        [ $order = first ] || cp -r parts generated
        weir merge -A "$active" -I "$idle" -o binary -O merged $order
        weir sort -k first,first_ms,last,sa3,da3 -o csv_flow -O got merged
        cut -d, -f1-20 got >got.20
        same got.20 want.20
        rm -rf generated
    done
    for threads in 1 7; do
        weir generate "${flows[@]}" -A "$active" -I "$idle" --threads $threads -o binary -O again h.csv
        diff -r again parts
    done
    # A slice is one of flows, whose parts stay together.
    weir generate "${flows[@]}" -A "$active" -I "$idle" --count-out 15000 -O a h.csv
    weir generate "${flows[@]}" -A "$active" -I "$idle" --skip-out 15000 -O b h.csv
    weir convert -O all parts
    cat a b | cmp - all || fail "slices"
done

# Parts of flows that have one key, which nobody can join again, are warned of.
"$WEIR" generate -s 10 --arrivals poisson:1 --durations durations.csv -A 60 -O got h.csv 2>stderr
[ "$(grep -c 'warning: .*all flows have one key' stderr)" -eq 1 ] || fail "$(cat stderr)"
"$WEIR" generate "${flows[@]}" -A 60 -O got h.csv 2>stderr
! grep -q 'one key' stderr || fail "$(cat stderr)"
