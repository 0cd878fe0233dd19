# SPDX-License-Identifier: GPL-3.0-or-later
# Lines of pdfs and averages begin with the first bin above 0: what lies in the bin at 0, which
# histograms of duration and rate have, is not counted there, and the value is per unit of x.

# first FIGURE TABLE WANT: the first row of a table.
first() {
    local got
    got=$(awk -v table="$2" '/^#/ { inside = index($0, table) } inside && !/^#/ { print; exit }' "out/$1.dat")
    [ "$got" = "$3" ] || fail "$1, $2: first \"$got\" instead of \"$3\""
}
draw() {
    rm -rf out
    { echo "bin_lo,bin_hi,flows_sum,packets_sum,octets_sum" && cat; } >h.csv
    weir plot --no-sync --format none -x "$1" -P points -O out h.csv
}
printf '0,1,4,1,0\n1,2,5,5,320\n5,6,2,10,1400\n' | draw duration
first pdf-flows "difference quotient" "1 0.454545454545455"
first pdf-packets "difference quotient" "1 0.3125"
first pdf-octets "difference quotient" "1 0.186046511627907"
first avg-packets "averages from the lines" "1 1"
first avg-octets "averages from the lines" "1 64"
first avg-packet_size "averages from the lines" "1 64"
first cdf "cdf of flows" "1 0.818181818181818"

# Wide bins.
printf '64,80,3,9,900\n80,96,1,4,1800\n' | draw length
first pdf-flows "difference quotient" "64 0.046875"
printf '0,1,5,5,500\n16,20,3,9,300\n' | draw duration
first pdf-flows "difference quotient" "16 0.09375"

# The first bin has flows alone, and the one at 0 has the rest.
printf '0,1,1,4,400\n1,2,3,0,0\n2,3,3,3,300\n' | draw duration
first pdf-flows "difference quotient" "1 0.428571428571429"
first pdf-packets "difference quotient" "1 NaN"
