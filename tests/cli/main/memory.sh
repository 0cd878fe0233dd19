# SPDX-License-Identifier: GPL-3.0-or-later
# The n-th request for memory fails, for every n: exit 1, one line, no output, nothing left behind.
echo "2, 6, 1, 2, 0, 0, 0, 9, 0, 0, 0, 1, 1024, 80, 1500000000, 1, 1500000001, 2, 3, 400, 0" >in.csv
for ((n = 0; n < 500; n++)); do
    status=0
    WEIR_FAIL_ALLOC=$n "$WEIR" --threads 1 convert in.csv --filter-expr 'prot == 6' -O out.csv \
        2>stderr || status=$?
    [ $status -ne 0 ] || break
    [ $status -eq 1 ] || fail "request $n: exit $status: $(cat stderr)"
    grep -q '^weir: convert: .*memory' stderr || fail "request $n: $(cat stderr)"
    [ "$(wc -l <stderr)" -eq 1 ] || fail "request $n: $(cat stderr)"
    [ ! -e out.csv ] || fail "request $n: there is an output"
done
[ "$n" -gt 5 ] && [ "$n" -lt 500 ] || fail "$n requests"
same out.csv in.csv
