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
