# SPDX-License-Identifier: GPL-3.0-or-later
# Inputs at the edges of what hist takes: formats named wrongly, texts of old and empty nfdump,
# damaged files, missing fields, cuts that take nothing, and the ways to name an output.
record() { # SA3 PROT FIRST FIRST_MS LAST LAST_MS PACKETS OCTETS
    echo "2, $2, 0, 0, 0, 0, 0, $1, 0, 0, 0, 2, 80, 443, $3, $4, $5, $6, $7, $8, 0"
}
head="bin_lo,bin_hi,flows_sum,packets_sum,octets_sum"
expect() {
    printf '%s\n' "$@" >want.csv
    same out.csv want.csv
}
{
    record 1 6 100 0 103 0 1 40
    record 2 17 100 5 100 4 1 50
    record 3 6 100 5 100 4 2 60
    record 4 17 100 0 101 1 3 1001
} >in.csv

# One packet has no duration, whatever its times; neither has a flow that ends before it begins.
weir hist -x duration -O out.csv in.csv
expect $head 0,1,3,4,150 1001,1002,1,3,1001
weir hist -x size -c duration -O out.csv in.csv
expect $head,duration_sum 40,41,1,1,40,0 50,51,1,1,50,0 60,61,1,2,60,0 1001,1002,1,3,1001,1001
weir hist -x duration -c duration -c rate -O out.csv in.csv
expect $head,duration_sum,rate_sum 0,1,3,4,150,0,0 1001,1002,1,3,1001,1001,8000
grep -q ", 2 records with last < first" stderr || fail "bad times: $(cat stderr)"

# Filters: ~ of a comparison is its opposite, and a field that the input lacks is named.
weir hist --filter-expr '~(prot==6)' -O out.csv in.csv
expect $head 1,2,1,1,50 3,4,1,3,1001
weir hist --filter-expr '~(prot==6)&~(packets==1)' -O out.csv in.csv
expect $head 3,4,1,3,1001
weir convert -o binary -O trace in.csv
mkdir part
cp trace/packets.Q trace/octets.Q part
expect_failure 1 "lacks a column that is needed: prot" hist --filter-expr 'prot==6' -O no.csv part
expect_failure 1 "lacks a column that is needed: prot" \
    convert -o binary -O no --filter-expr '~(prot==6)' part
expect_failure 2 "expected a field" hist --filter-expr 'tos==6' -O no.csv in.csv
expect_failure 2 "filter: " hist --filter-expr '__import__("os").system("touch no")' in.csv
expect_failure 1 "overflow" hist --filter-expr '(octets << 126) > 0' -O no.csv in.csv
[ ! -e no ] && [ ! -e no.csv ] || fail "an output appeared"

# Cuts: a negative skip is none; a count of 0 or less takes nothing.
weir hist --skip-in -7 --skip-out=-1 -O out.csv in.csv
expect $head 1,2,2,2,90 2,3,1,2,60 3,4,1,3,1001
for cut in "--count-in 0" "--count-in -1" "--count-out 0" "--count-out=-5" "--skip-in 4" \
    "--skip-out 99999999999"; do
    # shellcheck disable=SC2086
    weir hist $cut -c rate -O out.csv in.csv
    expect $head,rate_sum
    # shellcheck disable=SC2086
    weir convert $cut -O out.csv in.csv
    [ -e out.csv ] && [ ! -s out.csv ] || fail "convert $cut: $(cat out.csv)"
done

# nfdump's text: of 1.6 (24 fields), of nothing found, and a line that belongs to neither.
echo '2|1354046360|73|1354046360|180|17|0|0|0|954360393|9943|0|0|0|184|53|0|0|4|0|0|0|2|76' >16.pipe
weir hist -x duration -b 0 -O out.csv 16.pipe
expect $head 107,108,1,2,76
echo 'No matching flows' >empty.pipe
for format in "" "-i pipe"; do
    # shellcheck disable=SC2086
    weir hist $format -O out.csv empty.pipe
    expect $head
    grep -q ", 1 notice left out" stderr || fail "the notice is not reported: $(cat stderr)"
    # shellcheck disable=SC2086
    weir convert $format - <empty.pipe >out.csv
    [ ! -s out.csv ] || fail "records of nothing: $(cat out.csv)"
done
weir hist -O out.csv 16.pipe empty.pipe in.csv trace part
expect $head 1,2,6,6,270 2,3,4,8,256 3,4,3,9,3003
(cat 16.pipe; echo "2|1|2|6|0|0|0|4|80|0|0|0|2|443|0|0|0|0|0|0|3|4|5") >23.pipe
expect_failure 1 "23.pipe:2: " hist 23.pipe

# A format that is named wrongly is no silent zero, for files, directories and standard input.
mkdir files
cp in.csv files/in.csv
cp 16.pipe files/in.pipe
for command in hist convert; do
    expect_failure 1 "in.csv:1: expected 22 fields" $command -i pipe -O no in.csv
    expect_failure 1 "16.pipe:1: expected 21 fields" $command -i csv_flow -O no 16.pipe
    expect_failure 1 "expected an nfcapd file" $command -i nfcapd -O no in.csv
    expect_failure 1 "expected an nfcapd file" $command -i nfcapd -O no - <in.csv
    expect_failure 1 "expected a trace" $command -i binary -O no in.csv
    expect_failure 1 "column files" $command -i binary -O no files
    expect_failure 1 "files: expected nfcapd files, but found only 2 others" \
        $command -i nfcapd -O no files
    expect_failure 1 "trace: expected csv_flow files, but found only 21 others" \
        $command -i csv_flow -O no trace
    expect_failure 2 "--in-format: expected" $command -i nonsense -O no in.csv
done
[ ! -e no ] || fail "an output appeared"
weir hist -i pipe -O out.csv files
expect $head 2,3,1,2,76
rm files/in.*
echo "no flows" >files/notes
expect_failure 1 "files: expected flow record files, but found only 1 other" hist files
mv files/notes files/nfcapd.current
weir hist -O out.csv files # a collector has just begun
expect $head
grep -q "nfcapd.current" stderr || fail "not named: $(cat stderr)"

# Where the output goes.
weir hist -O - in.csv >out.csv
expect $head 1,2,2,2,90 2,3,1,2,60 3,4,1,3,1001
weir hist -o none -O none.csv in.csv >stdout
weir convert -o none -O none.csv in.csv >>stdout
[ ! -s stdout ] && [ ! -e none.csv ] || fail "none wrote something"
grep -q "4 records read" stderr || fail "$(cat stderr)"
expect_failure 2 "writes a directory" convert -o binary -O - in.csv
weir hist_np --x-v size --bin-e 4 --add rate --out-f csv_hist --meas --ff -O out.csv in.csv
expect $head,rate_sum 40,44,1,1,40,0 48,52,1,1,50,0 60,64,1,2,60,0 960,1024,1,3,1001,8000
expect_failure 2 "ambiguous" hist --out x in.csv

# Salvage.
need_reference nfcapd/edge
damaged=$WEIR_REFERENCE/nfcapd/edge/damaged-block0-v1.nfcapd
expect_failure 1 "--salvage would recover" hist -O no.csv "$damaged"
[ ! -e no.csv ] || fail "an output appeared"
for threads in 1 2 7; do
    weir hist --threads $threads --salvage -x size -b 12 -c rate -O out.csv "$damaged"
    grep -q "1 block lost" stderr || fail "the loss is not reported: $(cat stderr)"
    weir convert --salvage "$damaged" | weir hist -x size -b 12 -c rate -O want.csv -
    same out.csv want.csv
done
[ "$(awk -F, '{ n += $3 } END { print n }' out.csv)" -eq 32132 ] || fail "$(wc -l <out.csv) lines"
