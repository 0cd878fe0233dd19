# SPDX-License-Identifier: GPL-3.0-or-later
# Several inputs of mixed formats are one concatenated input: files, directories, traces, streams.
line() { echo "2, 6, 0, 0, 0, 0, 0, $1, 0, 0, 0, 2, 80, 443, 100, 1, 200, 2, 3, $1, 0"; }
mkdir -p dir/b dir/a
line 1 >dir/a.csv
line 2 >dir/a/z.csv
line 3 >dir/b/x.csv
echo "2|1000|2000|6|0|0|0|4|80|0|0|0|2|443|0|0|0|0|0|0|3|4" >dir/c.pipe
weir convert -o binary -O dir/t dir/b/x.csv
order() { awk -F', ' '{ printf "%s ", $20 }' "$1"; }

# Sorted component by component: a/z.csv, a.csv, b/x.csv, c.pipe, the trace t.
weir convert -O all.csv dir
[ "$(order all.csv)" = "2 1 3 4 3 " ] || fail "walk order: $(order all.csv)"

# What a collector is writing, hidden files and foreign ones are named and left out of a walk.
cp dir/a.csv dir/nfcapd.current.123
cp dir/a.csv dir/.hidden
echo "hello world" >dir/notes.txt
weir convert -O again.csv dir
same again.csv all.csv
for name in nfcapd.current.123 .hidden notes.txt; do
    grep -qF "$name" stderr || fail "$name is not named: $(cat stderr)"
done
expect_failure 1 "notes.txt" convert dir/notes.txt
gzip -c dir/a.csv >packed.gz
expect_failure 1 "packed.gz: expected flow records, but found a compressed file; read the output of zcat" convert packed.gz
zcat packed.gz | weir convert - -O in.csv
same in.csv dir/a.csv

# Standard input as a pipe and as a file, among other inputs.
line 9 | weir convert -O in.csv dir/a.csv - dir/b/x.csv
[ "$(order in.csv)" = "1 9 3 " ] || fail "pipe on stdin: $(order in.csv)"
weir convert -O in.csv - <dir/a/z.csv
[ "$(order in.csv)" = "2 " ] || fail "file on stdin: $(order in.csv)"
expect_failure 2 "standard input is named twice" convert - - </dev/null
weir convert -i csv_flow -O in.csv <(line 5) dir/a.csv
[ "$(order in.csv)" = "5 1 " ] || fail "named pipe: $(order in.csv)"

# Slices count over the whole concatenation.
weir convert --skip-in 1 --count-in 3 -O cut.csv dir
[ "$(order cut.csv)" = "1 3 4 " ] || fail "slice: $(order cut.csv)"

# Nothing in, a valid empty output.
: >empty
mkdir none
for input in empty none "-"; do
    weir convert -O out.csv $input </dev/null
    [ -f out.csv ] && [ ! -s out.csv ] || fail "$input: no empty output"
    weir convert -o binary -O trace $input </dev/null
    [ "$(find trace -type f | wc -l)" -eq 21 ] || fail "$input: no empty trace"
    weir hist trace >hist.csv
    [ "$(wc -l <hist.csv)" -eq 1 ] || fail "$input: no empty histogram"
done
