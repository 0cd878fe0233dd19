# SPDX-License-Identifier: GPL-3.0-or-later
# Every figure in every mode and format: complete, of the size that was asked for, not blank, with
# labels, units, and ticks as powers of ten.
need_reference published
need_program gnuplot
need_program python3
histogram=$WEIR_REFERENCE/published/histograms/udp/length.csv
model=$WEIR_REFERENCE/published/mixtures/udp/length
other=$WEIR_REFERENCE/published/mixtures/tcp/length
cat >image.py <<'PYTHON'
"""image.py WIDTH HEIGHT FILE...: PNG files of this size with at least 30 colours each, of which
white is the most frequent and no more than 99 % of all."""
import collections, struct, sys, zlib

def pixels(path):
    data = open(path, "rb").read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n", path
    at, packed, size = 8, b"", None
    while at < len(data):
        n, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + n]
        if kind == b"IHDR":
            width, height, bits, colour = struct.unpack(">IIBB", body[:10])
            assert bits == 8 and colour in (2, 6), (bits, colour)
            size, step = (width, height), 3 if colour == 2 else 4
        elif kind == b"IDAT":
            packed += body
        at += 12 + n
    assert kind == b"IEND", path
    raw, width = zlib.decompress(packed), size[0] * step
    before, colours = bytearray(width), collections.Counter()
    for row in range(size[1]):
        kind, line = raw[row * (width + 1)], bytearray(raw[row * (width + 1) + 1:(row + 1) * (width + 1)])
        for i in range(width):
            a = line[i - step] if i >= step else 0
            b, c = before[i], before[i - step] if i >= step else 0
            if kind == 1:
                line[i] = line[i] + a & 255
            elif kind == 2:
                line[i] = line[i] + b & 255
            elif kind == 3:
                line[i] = line[i] + (a + b) // 2 & 255
            elif kind == 4:
                p = a + b - c
                d = abs(p - a), abs(p - b), abs(p - c)
                line[i] = line[i] + (a if d[0] <= d[1] and d[0] <= d[2] else b if d[1] <= d[2] else c) & 255
        colours.update(bytes(line[i:i + 3]) for i in range(0, width, step))
        before = line
    return size, colours

want = int(sys.argv[1]), int(sys.argv[2])
for path in sys.argv[3:]:
    size, colours = pixels(path)
    assert size == want, (path, size)
    (most, n), total = colours.most_common(1)[0], sum(colours.values())
    assert most == b"\xff\xff\xff" and n < 0.99 * total and len(colours) >= 30, (path, len(colours), most, n / total)
PYTHON

weir plot --no-sync --dpi 50 --size 80x60 -O png "$histogram" "$model" "$other"
[ ! -s stderr ] || grep -q '7 figures written' stderr || fail "$(cat stderr)"
[ "$(cd png && echo *)" = "avg-octets.png avg-packet_size.png avg-packets.png cdf.png pdf-flows.png pdf-octets.png pdf-packets.png" ] ||
    fail "figures: $(ls png)"
python3 image.py 157 118 png/*.png || fail "pictures"

# Every mode makes a picture unlike all others.
small="--dpi 50 --size 110x60"
modes="points hist kde comp comp_stack comp_labels"
# shellcheck disable=SC2086
for mode in $modes; do
    weir plot --no-sync $small --figures pdf-packets -P "$mode" -O "mode-$mode" "$histogram" "$model"
done
# shellcheck disable=SC2086
for mode in comp comp_stack comp_labels; do
    weir plot --no-sync $small --figures cdf -C $mode -O "cdf-$mode" "$histogram" "$model"
done
# shellcheck disable=SC2086
weir plot --no-sync $small --figures pdf-packets --no-normalize -P points -O mode-raw "$histogram" "$model"
python3 image.py 217 118 mode-*/*.png cdf-*/*.png || fail "modes"
[ "$(md5sum mode-*/*.png cdf-*/*.png | cut -c 1-32 | sort -u | wc -l)" -eq 10 ] || fail "two modes draw the same"

weir plot --no-sync --single --dpi 50 --size 80x60 -P points -C comp -O single "$histogram" "$model"
[ "$(cd single && echo *)" = "avg-octets.png avg-packet_size.png avg-packets.png single.png" ] || fail "$(ls single)"
python3 image.py 315 236 single/single.png || fail "single"
weir plot --no-sync --single --figures pdf-flows avg-packets --dpi 50 -O some "$histogram"
[ "$(cd some && echo *)" = "avg-packets.png single.png" ] || fail "$(ls some)"

weir plot --no-sync --format pdf -P points -O pdf "$histogram" "$model"
for file in pdf/*.pdf; do
    [ "$(head -c 5 "$file")" = %PDF- ] && tail -c 8 "$file" | grep -q '%%EOF' || fail "$file"
done
[ "$(find pdf -size -400k -name '*.pdf' | wc -l)" -eq 7 ] || fail "large files: $(ls -l pdf)"

# What people read, in SVG, where text is text. Units are those of the axis.
weir plot --no-sync --format svg -P hist -O svg "$histogram" "$model"
texts() {
    grep -v '</\?title' "$1" | sed 's/<[^>]*>//g' | tr '\n' ' ' | tr -s ' ' | tr -d ' '
}
shows() {
    texts "svg/$1.svg" | grep -qF -- "$2" || fail "$1.svg: no $2 in $(texts "svg/$1.svg")"
}
python3 -c 'import sys, xml.sax; [xml.sax.parse(name, xml.sax.ContentHandler()) for name in sys.argv[1:]]' svg/*.svg ||
    fail "no XML"
for figure in cdf pdf-flows pdf-packets pdf-octets avg-packets avg-octets avg-packet_size; do
    shows $figure "Flowlength(packets)"
    shows $figure 103 # 10^3
    shows $figure udp/length
done
shows cdf Cumulativefraction
shows pdf-flows "PDFofflows(perpacket)"
shows pdf-octets "PDFofoctets(perpacket)"
shows pdf-flows Flowsincell
shows avg-packets "Averageflowlength(packets)"
shows avg-octets "Averageflowsize(bytes)"
shows avg-packet_size "Averagepacketsize(bytes)"
shows avg-packet_size "minimum64.0"
weir plot --no-sync --format svg --figures cdf pdf-flows -O svg "$WEIR_REFERENCE/published/histograms/udp/size.csv"
shows cdf "Flowsize(bytes)"
shows pdf-flows "PDFofflows(perbyte)"

# Scripts that are kept draw the same again, with names that mean something to shells and gnuplot.
name="it's \`touch ran\` \$(touch ran) \"q\" @x %d"
cp -r "$model" "$name"
weir plot --no-sync --script --dpi 50 --figures pdf-flows cdf -P points -O kept "$histogram" "$name"
[ "$(cd kept && echo *)" = "cdf.dat cdf.gp cdf.png pdf-flows.dat pdf-flows.gp pdf-flows.png" ] || fail "$(ls kept)"
mv kept/cdf.png first.png
(cd kept && gnuplot -d cdf.gp)
same kept/cdf.png first.png
find . -name ran | grep -q . && fail "a name was run"

# One bin, and x at 0.
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n3,4,2,6,600\n' >one.csv
weir plot --no-sync --dpi 50 -P kde -P points -O one one.csv
grep -q 'have no kernel density' stderr || fail "$(cat stderr)"
[ "$(find one -name '*.png' | wc -l)" -eq 7 ] || fail "$(ls one)"
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum,duration_sum\n0,1,5,5,500,0\n1,2,2,6,600,2\n4,8,3,20,1000,15\n' >dur.csv
weir plot --no-sync --format svg -O svg dur.csv
grep -q 'bin at 0' stderr || fail "$(cat stderr)"
shows pdf-flows "Flowduration(milliseconds)"
