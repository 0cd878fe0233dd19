# SPDX-License-Identifier: GPL-3.0-or-later
# The end report: one line, with counts that add up; none in quiet runs.
for i in 1 2 3 4 5 6 7 8; do
    echo "2, $i, 1, 2, 0, 0, 0, $i, 0, 0, 0, 1, 1024, 80, 1500000000, 1, 1500000001, 2, 3, 400, 0"
done >in.csv
weir convert in.csv in.csv --filter-expr 'prot > 3' -O out.csv
want="weir: convert: 16 records read, 6 filtered out, 10 used, 10 records written"
want="$want \\($(stat -c %s out.csv) B\\), 2 inputs, 1 scan"
grep -qE "^$want, [0-9.]+ s, [0-9.]+( [KM])? records/s, [0-9.]+ [KMG]?B/s\$" stderr || fail "$(cat stderr)"
[ "$(wc -l <stderr)" -eq 1 ] || fail "more than one line: $(cat stderr)"

# Bytes per second are told only where all of the inputs are read.
for part in --count-in=3 --count-out=3 --skip-in=3 --shard=1/2; do
    weir convert in.csv $part -O out.csv
    grep -q ' records/s$' stderr || fail "$part: $(cat stderr)"
done
weir convert in.csv -q -O out.csv
[ ! -s stderr ] || fail "quiet: $(cat stderr)"
weir convert in.csv --quiet >stdout
same stdout in.csv
