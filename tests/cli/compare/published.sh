# SPDX-License-Identifier: GPL-3.0-or-later
# The published mixtures on their histograms: what a program in Python (numpy, scipy) measures.
need_reference published/mixtures
cat >want <<'END_OF_TABLE'
all length flows 17 .00925 -2.446396 .364 1.110
tcp length flows 17 .01436 -3.265319 .457 1.121
udp length flows 30 .00835 -1.231240 .040 0.991
all size flows 23 .05270 -7.294972 .046 0.992
tcp size flows 23 .08868 -7.957330 .063 1.000
udp size flows 26 .03723 -6.315076 .033 1.053
all length packets 17 .00877 -9.709369 .137 1.013
tcp length packets 17 .01043 -9.623277 .157 1.043
udp length packets 21 .03498 -9.630503 .463 1.015
all length octets 17 .01619 -9.780584 .136 1.012
tcp length octets 13 .01795 -9.694990 .197 1.053
udp length octets 21 .03680 -9.696479 .374 1.001
all size packets 14 .00993 -10.371703 .290 1.086
tcp size packets 14 .01120 -10.341147 .085 1.096
udp size packets 26 .02856 -10.160298 .133 1.006
all size octets 14 .01883 -10.049905 .082 1.001
tcp size octets 14 .01751 -10.026773 .157 1.036
udp size octets 26 .03513 -9.819914 - 1.003
END_OF_TABLE

# column NAME: the values of a column of ./table.
column() {
    awk -F, -v name="$1" 'NR == 1 {for (i = 1; i <= NF; i++) at[$i] = i; next} {print $at[name]}' table
}

n=0
while read -r proto x y params ks likelihood tail mean; do
    weir compare --hist "$WEIR_REFERENCE/published/histograms/$proto/$x.csv" -y "$y" -o csv -O table \
        "$WEIR_REFERENCE/published/mixtures/$proto/$x/$y.json"
    got_tail=$(column tail)
    # shellcheck disable=SC2046
    got=$(printf '%d %.5f %.6f %s %.3f' $(column n_parameters) $(column ks) $(column log_likelihood) \
        "$([ -n "$got_tail" ] && printf %.3f "$got_tail" || echo -)" $(column mean))
    want="$params 0$ks $likelihood ${tail/#./0.} $mean"
    [ "$got" = "$want" ] || fail "$proto/$x/$y: $got instead of $want"
    n=$((n + 1))
done <want
[ $n -eq 18 ] || fail "$n mixtures"

# Directories, for several y at once, and the effective number of flows: that of udp octets is 117.
top=$WEIR_REFERENCE/published
weir compare --hist "$top/histograms/udp/size.csv" -y flows packets octets -o csv -O table \
    "$top/mixtures/all/size" "$top/mixtures/udp/size"
column y | paste -sd ' ' | grep -qx 'flows flows packets packets octets octets' || fail "$(cat table)"
[ "$(column effective_flows | tail -n 1 | cut -d . -f 1)" = 117 ] || fail "$(column effective_flows)"
for y in flows packets octets; do
    for proto in all udp; do
        weir compare --hist "$top/histograms/udp/size.csv" -y $y -o csv "$top/mixtures/$proto/size/$y.json" | tail -n 1
    done
done >single
tail -n +2 table >several
same several single
