# SPDX-License-Identifier: GPL-3.0-or-later
# --rejects keeps the bad lines of text inputs, in order, and goes on without them.
line() { echo "2, 6, 0, 0, 0, 0, 0, $1, 0, 0, 0, 2, 80, 443, 100, 1, 200, 2, 3, $1, 0"; }
for i in $(seq 1 20000); do line "$i"; done >good.csv
awk '{ print } NR % 997 == 5 { print "bad line " NR } NR == 7000 { print "" }' good.csv >mixed.csv
grep -v '^2' mixed.csv >bad.txt
[ "$(wc -l <bad.txt)" -eq 22 ] || fail "the test has $(wc -l <bad.txt) bad lines"
for threads in 1 2 7; do
    weir convert --threads $threads --rejects rejects -O out.csv mixed.csv
    same out.csv good.csv
    same rejects bad.txt
    grep -q "22 bad lines rejected" stderr || fail "not reported: $(cat stderr)"
    weir convert --threads $threads --rejects rejects -i csv_flow - <mixed.csv >out.csv
    same out.csv good.csv
    same rejects bad.txt
    cat mixed.csv mixed.csv | weir hist --threads $threads --rejects rejects -i csv_flow -O h.csv -
    cat bad.txt bad.txt | same - rejects
done
# No rejects, an empty file; a failure, none at all.
weir convert --rejects none -O out.csv good.csv
[ -f none ] && [ ! -s none ] || fail "no empty file of rejects"
rm rejects
expect_failure 1 "absent" convert --rejects rejects -O out.csv mixed.csv absent
[ ! -e rejects ] || fail "rejects of a failed run"
expect_failure 2 "--rejects: expected another file" convert --rejects out.csv -O out.csv mixed.csv
same out.csv good.csv
