# SPDX-License-Identifier: GPL-3.0-or-later
# Mistakes are told with what is wrong, and nothing is written.
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n1,2,50,50,0\n2,3,20,40,0\n' >h.csv
echo '[[1, "uniform", [0, 4]]]' >m.json
mkdir models
cp m.json models/flows.json
expect_failure 2 "expected PATH..., but found no operand" compare --hist h.csv
expect_failure 2 "expected a histogram, as an operand or by --hist" compare m.json
expect_failure 2 "found histograms alone" compare h.csv
expect_failure 2 "found ./h.csv twice" compare --hist h.csv m.json ./h.csv
expect_failure 2 "expected one of text, markdown, json, csv" compare --hist h.csv -o xml m.json
expect_failure 2 "flows twice" compare models --hist h.csv -y flows,flows
expect_failure 2 "m.json: expected a directory" compare models m.json --hist h.csv -y flows,packets
expect_failure 2 "standard input is named twice" compare --hist - -
expect_failure 2 "standard input is named twice" compare --hist h.csv - m.json -
expect_failure 2 "expected an integer from 0 to 63" compare --hist h.csv -b 64 m.json
expect_failure 2 "unknown option --filter-expr" compare --hist h.csv --filter-expr 'prot == 6' m.json
for output in h.csv m.json ./models/../models/flows.json; do
    expect_failure 2 "expected another file than the inputs" compare --hist h.csv -O $output m.json models
done
expect_failure 1 "missing.json" compare --hist h.csv -O out m.json missing.json
expect_failure 1 "models/packets.json" compare models --hist h.csv -O out -y flows packets
expect_failure 1 "missing.csv" compare --hist missing.csv -O out m.json
expect_failure 1 "no sums of duration" compare m.json --hist h.csv -O out -y duration
expect_failure 1 "sums are all 0" compare m.json --hist h.csv -O out -y octets
echo '[[1, "lognorm", [0, 0, 4]]]' >bad.json
expect_failure 1 "bad.json: mix[0][2][0]: expected a number above 0" compare --hist h.csv -O out m.json bad.json
echo '[]' >empty.json
expect_failure 1 "empty.json" compare --hist h.csv -O out empty.json
# With several mistakes it is the first one, on any number of threads.
for threads in 1 2 7; do
    expect_failure 1 "bad.json" compare --threads $threads --hist h.csv -O out m.json bad.json empty.json m.json missing
done
head -n 1 h.csv >none.csv
expect_failure 1 "the histogram is empty" compare --hist none.csv -O out m.json
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n0,1,5,0,0\n1,2,3,3,120\n' >zero.csv
expect_failure 1 "a bin at 0" compare --hist zero.csv -O out m.json
expect_failure 1 "m.json" compare --hist m.json -O out m.json
[ ! -e out ] || fail "there is an output"
expect_failure 1 "models" compare --hist h.csv -O models m.json
[ "$(find models | wc -l)" -eq 2 ] || fail "left behind: $(find models)"
