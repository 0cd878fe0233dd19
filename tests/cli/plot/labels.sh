# SPDX-License-Identifier: GPL-3.0-or-later
# Labels say what is drawn, as SVG has them.
need_program gnuplot
need_program python3
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n64,128,50,50,5000\n128,256,20,40,3000\n512,1024,10,30,6000\n' >h.csv
mkdir model
echo '[[0.6, "uniform", [0, 300]], [0.3, "uniform", [100, 300]], [0.1, "lognorm", [0.8, 0, 300]]]' >model/flows.json
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

# Colours and their label keep clear of the key beside them.
weir --threads 1 plot --no-sync --format svg -x size -y flows -P kde -P comp_labels --single --figures pdf-flows -O out h.csv model
label=$(grep -B 1 '>Density' out/single.svg | sed -n 's/.*translate(\([0-9]*\).*rotate(270).*/\1/p')
sample=$(sed -n '/>0.6 uniform</,$p' out/single.svg | sed -n "s/.* d='M\([0-9]*\).*/\1/p" | head -n 1)
[ $((sample - label)) -ge 4 ] || fail "label of colours at $label, key at $sample"

# Components without an entry in the key are told of; with room for all there is nothing to tell.
python3 -c 'import json; print(json.dumps([[0.1, "lognorm", [1, 0, 100 + k]] for k in range(10)]))' >model/octets.json
weir plot --no-sync --format none -x size -C comp_labels -P comp_stack -P comp_labels --size 120x60 -O out h.csv model
grep -qF 'cdf: the key has room for 2 of the 3 components of flows, and names the heaviest' stderr || fail "$(cat stderr)"
grep -qF 'cdf: the key has room for 2 of the 10 components of octets' stderr || fail "$(cat stderr)"
grep -qF 'pdf-octets: the key has room for 8 of the 10 components of octets' stderr || fail "$(cat stderr)"
[ "$(grep -c 'the key has room' stderr)" -eq 3 ] || fail "$(cat stderr)"
[ "$(grep -c "title '0.1 lognorm'" out/pdf-octets.gp)" -eq 8 ] || fail "$(cat out/pdf-octets.gp)"
weir plot --no-sync --format none -x size -C comp_labels -P comp_labels --size 120x150 -O out h.csv model
! grep -q 'the key has room' stderr || fail "$(cat stderr)"
weir plot --no-sync --format none -x size -C comp -P comp --size 120x60 -O out h.csv model
! grep -q 'the key has room' stderr || fail "$(cat stderr)"
