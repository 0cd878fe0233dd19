# SPDX-License-Identifier: GPL-3.0-or-later
# Progress goes to standard error only, and no output changes by it.
record="2, 6, 1, 2, 0, 0, 0, 9, 0, 0, 0, 1, 1024, 80, 1500000000, 1, 1500000001, 2, 3, 400, 0"
for ((i = 0; i < 1000; i++)); do echo "$record"; done >in.csv
slowly() { cat in.csv; sleep 1.5; cat in.csv; }
weir convert in.csv in.csv -O want.csv
weir hist in.csv in.csv -O want-hist.csv
for threads in 1 3; do
    slowly | weir convert --threads $threads --progress -i csv_flow - >out.csv
    same out.csv want.csv
    [ "$(tr '\r' '\n' <stderr | grep -c .)" -ge 2 ] || fail "no progress: $(cat stderr)"
    tail -n 1 stderr | grep -q "2000 records read" || fail "no end report: $(cat stderr)"
    slowly | weir hist --threads $threads --progress -i csv_flow - >out.csv
    same out.csv want-hist.csv
done
slowly | weir hist --progress -q -i csv_flow - >out.csv
same out.csv want-hist.csv
[ ! -s stderr ] || fail "quiet: $(cat stderr)"
