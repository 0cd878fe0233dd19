# SPDX-License-Identifier: GPL-3.0-or-later
# Mistakes are told, with nothing written; what cannot be read is named on the page; failures of
# memory and of the output.
head='bin_lo,bin_hi,flows_sum,packets_sum,octets_sum'
mkdir -p out/more empty
printf '%s\n1,2,50,50,5000\n2,3,20,40,3000\n3,4,10,30,900\n10,12,5,52,9000\n' $head >out/h.csv
printf '{"sum": 85, "mix": [[0.6, "uniform", [0, 1]], [0.4, "lognorm", [1, 0, 3]]]}' >out/more/flows.json
refuse() {
    expect_failure "$@"
    [ ! -e page.html ] || fail "an output appeared: $*"
}
refuse 2 "expected PATH..." report -O page.html
refuse 1 "missing: No such file or directory" report -O page.html missing
refuse 2 "operand 1 is empty" report -O page.html ""
echo text >notes.txt
refuse 1 "notes.txt: expected a directory, a histogram," report -O page.html out notes.txt
refuse 1 "/dev/null: expected a directory, a histogram," report -O page.html /dev/null
refuse 1 "out/missing: No such file" report -O page.html out out/missing
refuse 1 "empty: expected histograms, mixtures or a manifest.json below it, but found none" report -O page.html empty
echo text >empty/notes.txt
ln -s . empty/loop
ln -s nowhere empty/dangling
cp out/h.csv empty/.hidden.csv
refuse 1 "found none" report -O page.html empty
refuse 2 "expected another file than the results, but found out/more/../h.csv" report -O out/more/../h.csv out
refuse 2 "expected another file than the results" report -O out/more/flows.json out
grep -q lognorm out/more/flows.json || fail "an input was replaced"

# Standard output and a file get the same; the page may lie among the results.
weir report out >page
weir report out -O out/page.html
same page out/page.html
weir report out -O out/page.html
same page out/page.html
rm out/page.html

# Results by name: as those of their common directory, each once.
cat >job.json <<'END'
{"weir": "0", "job": "j", "steps": []}
END
cp job.json out/manifest.json
weir report out >want
for operands in "out out/h.csv" "out/more out/h.csv out/manifest.json" \
    "out/manifest.json out/h.csv out/more/flows.json out/more" "out out/more/../h.csv"; do
    # shellcheck disable=SC2086 # several operands
    weir report $operands >page
    same want page
done
weir report out/h.csv >page
grep -qF '"title": "out", "directory": "out"' page || fail "$(head -c 200 page)"
(cd out && weir report h.csv more >../page)
grep -qF '"directory": "."' page || fail "the current directory has no name"
weir report "$PWD/out/h.csv" /dev/null/../nothing 2>stderr && fail "a path through a file"
rm out/manifest.json

# What cannot be read is left out, told on stderr and on the page; the rest is shown.
cp out/h.csv out/more/other.csv
printf '%s\n3,2,1,1,1\n' $head >out/bad.csv
printf '{"mix": []}' >out/packets.json
printf '%s\n1,2,2,7,150\n64,128,1,1,127\n' $head >out/strange.csv
printf '{"in_file": "h.csv"}' >out/more/flows.mode
printf '{"in_file": "h.csv"}' >out/packets.mode
printf '{' >out/manifest.json
weir report out -O page.html
for warning in 'out/bad.csv:2: ' 'out/packets.json: mix: expected a list of components' \
    'strange.csv: what x is is not known' 'out/manifest.json:1:'; do
    grep -qF "warning: $warning" stderr || fail "no \"$warning\" in: $(cat stderr)"
    grep -qF "\"$warning" page.html || fail "no \"$warning\" on the page"
done
grep -q 'histograms: 3, mixtures: 1, manifests: 0' stderr || fail "$(cat stderr)"
rm page.html out/bad.csv out/packets.* out/manifest.json out/strange.csv out/more/other.csv

# A mixture without a bin to compare with: its histogram has no flows beyond 0, or none at all.
mkdir zero
printf '%s,duration_sum\n0,1,7,7,700,0\n' $head >zero/h.csv
cp out/more/flows.json zero/
weir report zero -O page.html
grep -q 'warning: h.csv: fit quality: ' stderr || fail "$(cat stderr)"
printf '%s\n' $head >zero/h.csv
weir report zero -O page.html
grep -q 'histograms: 1, mixtures: 1' stderr || fail "$(cat stderr)"
rm page.html

# The n-th request for memory fails, for every n: exit 1, one line, no output.
printf '{"job": "j", "steps": [{"command": "hist"}]}' >out/manifest.json
printf '{"method": "binned"}' >out/more/flows.report.json
weir report out -O want
done=0
for ((n = 0; n < 400; n++)); do
    status=0
    WEIR_FAIL_ALLOC=$n "$WEIR" --quiet --threads 1 report out -O page.html 2>stderr || status=$?
    if [ $status -eq 0 ]; then
        same page.html want
        done=1
        break
    fi
    [ $status -eq 1 ] || fail "request $n: exit $status"
    [ "$(wc -l <stderr)" -eq 1 ] || fail "request $n: $(cat stderr)"
    [ ! -e page.html ] || fail "request $n: an output appeared"
done
[ $done -eq 1 ] && [ "$n" -gt 20 ] || fail "memory never sufficed, or too soon: $n"
if [ -e /dev/full ]; then
    status=0
    "$WEIR" report out >/dev/full 2>stderr || status=$?
    [ $status -eq 1 ] || fail "a full device: exit $status"
fi
