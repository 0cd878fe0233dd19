# SPDX-License-Identifier: GPL-3.0-or-later
# Mistakes, and everything that can go wrong on the way to a picture: told, older files untouched,
# nothing left. What gnuplot does wrong a program of that name does here.
# shellcheck disable=SC2016,SC2030,SC2031
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n1,2,50,50,5000\n2,3,20,40,3000\n3,4,10,30,900\n10,12,5,52,9000\n' >h.csv
mkdir model out
echo '{"sum": 85, "mix": [[1, "uniform", [0, 4]]]}' >model/flows.json
cp model/flows.json m.json
echo older >out/cdf.png
refuse() {
    expect_failure "$@"
    [ "$(find out | wc -l)" -eq 2 ] && [ "$(cat out/cdf.png)" = older ] || fail "outputs after $*: $(ls -A out)"
}
refuse 2 "expected PATH..., but found no operand" plot -O out
refuse 2 "expected one of png, pdf, svg, none" plot -O out --format eps h.csv
refuse 2 "expected one of points, hist, kde" plot -O out -P dots h.csv
refuse 2 "expected one of comp, comp_stack, comp_labels" plot -O out -C points h.csv
refuse 2 '--figures: expected some of cdf, pdf-flows' plot -O out --figures single -- h.csv
refuse 2 '--y-value: expected flows, packets or octets, but found "duration"' plot -O out -y duration -- h.csv
refuse 2 "either hist or kde" plot -O out -P hist -P kde h.csv
for size in 120 120x 12x80 120x80x3 120x-80 0x0 1e2x80 2000x80 79x60 80x59; do
    refuse 2 "--size: expected a width and a height" plot -O out --size "$size" h.csv
done
refuse 2 "--size: expected a width of at least 110 mm" plot -O out --size 109x80 -P comp_labels h.csv model
refuse 2 "expected an integer from 50 to 1200" plot -O out --dpi 5 h.csv
refuse 2 "--size, --dpi: expected a PNG of at most 32767 dots a side, but found 47244" plot -O out --size 1000x1000 --dpi 1200 h.csv
refuse 2 "but found 32795" plot -O out --size 1000x60 --dpi 833 h.csv
refuse 2 "but found 32795" plot -O out --size 80x1000 --dpi 833 h.csv
refuse 2 "but found 32795" plot -O out --single --size 500x60 --dpi 833 --figures cdf pdf-flows -- h.csv
refuse 2 "but found 32795" plot -O out --single --size 80x500 --dpi 833 -y flows packets -- h.csv
refuse 2 "but found models alone" plot -O out model
refuse 2 "expected one model, whose components are shown, but found 0" plot -O out -P comp h.csv
refuse 2 "expected one model, whose components are shown, but found 2" plot -O out -C comp_labels h.csv model model
refuse 2 "m.json: expected a directory" plot -O out h.csv m.json
refuse 2 "tell with --x-value" plot -O out <(printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n1,2,2,7,150\n')
refuse 1 "missing.csv" plot -O out missing.csv
refuse 1 "absent: cannot be opened" plot -O out -P comp h.csv absent
refuse 1 "absent: cannot be opened" plot -O out -C comp_stack h.csv model absent
refuse 1 "missing.json" plot -O out -y flows -- h.csv missing.json
refuse 1 "expected bins with x above 0, but found none" plot -O out <(head -n 1 h.csv)
refuse 1 "expected bins with x above 0, but found one at 0 alone" plot -x duration -O out <(sed 's/^1,2,/0,1,/; 3,$d' h.csv)
mkdir empty
refuse 1 "empty: expected mixtures in flows.json" plot -O out h.csv empty
refuse 1 "model: expected mixtures" plot -O out -y packets -- h.csv model
sed 's/,[0-9]*$/,0/; 1s/0$/octets_sum/' h.csv >none.csv
head -n 1 h.csv | cat - <(sed 1d none.csv) >zero.csv
refuse 1 "--figures pdf-octets: expected sums" plot -O out --figures pdf-octets -- zero.csv
refuse 1 "--figures avg-packets: expected sums" plot -O out --figures avg-packets -y flows -- h.csv
echo '[[1, "lognorm", [0, 0, 4]]]' >bad.json
refuse 1 "bad.json: mix[0][2][0]: expected a number above 0" plot -O out -y flows -- h.csv bad.json

# Outputs that cannot be written are told before anything is drawn.
touch file
refuse 1 "file" plot -O file h.csv
mkdir -p taken/pdf-octets.png
refuse 1 "taken/pdf-octets.png: expected a file, but found a directory" plot -O taken h.csv
[ "$(find taken | wc -l)" -eq 2 ] || fail "left behind: $(find taken)"
if [ "$(id -u)" -ne 0 ]; then
    mkdir closed
    chmod 500 closed
    refuse 1 "closed" plot -O closed h.csv
fi

# No gnuplot: scripts and tables stay.
mkdir bin
status=0
PATH=$PWD/bin "$WEIR" plot -O bare --figures cdf pdf-flows -- h.csv model 2>stderr || status=$?
[ $status -eq 1 ] || fail "without gnuplot: exit $status"
grep -q 'expected gnuplot on $PATH .* tables are left in bare' stderr || fail "$(cat stderr)"
[ "$(cd bare && echo *)" = "cdf.dat cdf.gp pdf-flows.dat pdf-flows.gp" ] || fail "$(ls bare)"
PATH=$PWD/bin "$WEIR" --quiet plot -O nopictures --format none --figures cdf pdf-flows -- h.csv model || fail "--format none needs gnuplot"
same bare/cdf.dat nopictures/cdf.dat

# with_gnuplot SCRIPT STATUS TEXT: a gnuplot that does SCRIPT.
with_gnuplot() {
    printf '#!/bin/sh\n%s\n' "$1" >bin/gnuplot
    chmod +x bin/gnuplot
    (PATH=$PWD/bin:$PATH; refuse "$2" "$3" plot -O out --figures cdf pdf-flows -- h.csv)
}
with_gnuplot 'echo; echo "plot x"; echo "     ^"; echo "\"cdf.gp\" line 7: undefined variable: x" >&2; exit 1' \
    1 'gnuplot: exit 1: "cdf.gp" line 7: undefined variable: x'
with_gnuplot 'exit 0' 1 "cdf.png: was not drawn"
with_gnuplot 'for f in cdf pdf-flows; do : >$f.png; done' 1 "cdf.png: gnuplot left it empty"
with_gnuplot 'echo drawn >cdf.png' 1 "pdf-flows.png: was not drawn"
with_gnuplot 'kill -9 $$' 1 "gnuplot was killed by signal 9"
printf '#!/bin/sh\n%s\n' 'for f in cdf pdf-flows; do echo "$@ $f" >$f.png; done; echo warning: odd >&2' >bin/gnuplot
(PATH=$PWD/bin:$PATH; weir plot -O good --figures cdf pdf-flows -- h.csv)
[ "$(cat good/pdf-flows.png)" = "-d cdf.gp pdf-flows.gp pdf-flows" ] || fail "$(cat good/*)"
grep -q 'warning: gnuplot: warning: odd' stderr || fail "$(cat stderr)"
(
    PATH=$PWD/bin:$PATH
    weir plot -O large --size 1000x1000 --dpi 832 --figures cdf pdf-flows -- h.csv
    weir plot -O large --format none --size 1000x1000 --dpi 1200 h.csv
)

# Interrupted while gnuplot works: it is killed.
printf '#!/bin/sh\n%s\n' 'echo $$ >"$STARTED"; exec sleep 60' >bin/gnuplot
for signal in INT TERM; do
    rm -f started
    # A job of a shell without job control ignores SIGINT.
    PATH=$PWD/bin:$PATH STARTED=$PWD/started python3 -c '
import os, signal, subprocess, sys, time
child = subprocess.Popen([os.environ["WEIR"], "plot", "-O", "out", "h.csv"], stderr=subprocess.PIPE)
while not (os.path.exists("started") and os.path.getsize("started")):
    time.sleep(0.02)
child.send_signal(getattr(signal, "SIG" + sys.argv[1]))
assert child.wait(timeout=10) == 128 + getattr(signal, "SIG" + sys.argv[1]), child.returncode
assert "interrupted" in child.stderr.read().decode()
' $signal || fail "SIG$signal"
    ! kill -0 "$(cat started)" 2>/dev/null || fail "SIG$signal: gnuplot goes on"
    [ "$(find out | wc -l)" -eq 2 ] && [ "$(cat out/cdf.png)" = older ] || fail "SIG$signal: $(ls -A out)"
done
rm bin/gnuplot

# The n-th request for memory fails, for every n.
weir plot --no-sync --format none -P kde -P comp -O want --figures cdf pdf-flows avg-packets -- h.csv model
for ((n = 0; n < 300; n++)); do
    status=0
    rm -rf again
    WEIR_FAIL_ALLOC=$n "$WEIR" --quiet --no-sync --threads 1 plot --format none -P kde -P comp -O again \
        --figures cdf pdf-flows avg-packets -- h.csv model 2>stderr || status=$?
    if [ $status -eq 0 ]; then
        diff -r want again || fail "request $n: other results"
        break
    fi
    [ $status -eq 1 ] && grep -q 'memory' stderr || fail "request $n: exit $status: $(cat stderr)"
    [ ! -d again ] || [ -z "$(ls -A again)" ] || fail "request $n: $(ls -A again)"
done
[ "$n" -ge 20 ] && [ "$n" -lt 300 ] || fail "only $n requests failed"
