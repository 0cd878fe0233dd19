# SPDX-License-Identifier: GPL-3.0-or-later
# No command replaces a file that it reads, be it an operand, in a directory, or a column of a trace.
line() { echo "2, 6, 0, 0, 0, 0, 0, $1, 0, 0, 0, 2, 80, 443, 100, 1, 200, 2, 3, $1, 0"; }
mkdir dir
line 1 >dir/a.csv
line 2 >dir/b.csv
weir convert -o binary -O dir/t dir/a.csv
cp -r dir before
ln -s dir/t/octets.Q link
for output in dir/a.csv dir/t/octets.Q ./dir/../dir/b.csv link; do
    for command in "hist" "convert"; do
        # shellcheck disable=SC2086
        expect_failure 2 "expected another file than the inputs" $command -O $output dir
    done
done
expect_failure 2 "expected another file than the inputs" hist -O dir/t/packets.Q dir/t
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n1,2,5,5,400\n' >h.csv
weir fit -U 1 -y flows packets octets -O model h.csv
cp -r model model_before
for output in model/flows.json ./model/../model/octets.json; do
    expect_failure 2 "expected another file than the inputs" generate -O $output model
    expect_failure 2 "expected another file than the inputs" generate --cdf-table -O $output model
done
diff -r model model_before || fail "a model was touched"
diff -r dir before || fail "an input was touched"
# A new file beside the inputs is fine, and so is a file converted onto itself.
weir hist -O dir/new.csv dir
weir convert -O dir/b.csv --filter-expr 'octets == 2' dir/b.csv
same dir/b.csv before/b.csv
