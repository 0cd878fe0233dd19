# SPDX-License-Identifier: GPL-3.0-or-later
# Labels say what is drawn, as SVG has them.
need_program gnuplot
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n64,128,50,50,5000\n128,256,20,40,3000\n512,1024,10,30,6000\n' >h.csv
mkdir model
texts() {
    grep '<text>' "$1" | sed 's/<[^>]*>//g' | tr '\n\t' ' ' | tr -s ' '
}
# shows FILE TEXT, hides FILE TEXT
shows() {
    texts "$1" | grep -qF -- "$2" || fail "$1: no \"$2\" in $(texts "$1")"
}
hides() {
    ! texts "$1" | grep -qF -- "$2" || fail "$1: \"$2\" in $(texts "$1")"
}
sized() {
    grep -q "width=\"$2\" height=\"$3\"" "$1" || fail "$1: $(sed -n 2,4p "$1")"
}
draw() {
    rm -rf out
    weir --threads 1 plot --no-sync --format svg -x size -O out "$@" h.csv
}

# Bins that are not normalised are no densities, as the lines on the same axis are.
for mode in points hist; do
    draw --no-normalize --figures pdf-octets -P $mode
    shows out/pdf-octets.svg "PDF of octets (per byte)"
    shows out/pdf-octets.svg "Bins: fraction of octets"
done
draw --no-normalize --figures pdf-octets --
hides out/pdf-octets.svg "Bins:"
draw --figures pdf-octets -P points
shows out/pdf-octets.svg "PDF of octets (per byte)"
hides out/pdf-octets.svg "Bins:"

# One picture of those figures that are asked for, beside others that it does not hold.
draw --single --figures cdf avg-packets --
[ "$(cd out && echo *)" = "avg-packets.svg single.svg" ] || fail "$(ls out)"
shows out/single.svg "Cumulative fraction"
hides out/single.svg "PDF of"
sized out/single.svg 454 302
draw --single --figures pdf-octets pdf-packets --
shows out/single.svg "PDF of packets"
shows out/single.svg "PDF of octets"
hides out/single.svg "PDF of flows"
hides out/single.svg "Cumulative fraction"
sized out/single.svg 907 302
draw --single -y packets flows -- # the cdf and two pdfs
hides out/single.svg "PDF of octets"
sized out/single.svg 907 605
