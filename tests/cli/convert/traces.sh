# SPDX-License-Identifier: GPL-3.0-or-later
# Traces with missing and custom columns, any type codes, and output in the place of the input.
line() { echo "2, 6, $2, 0, 0, 0, 0, $1, 0, 0, 0, 2, 80, 443, 100, 1, 200, 2, 3, $1, 0"; }
(line 1 5; line 2 6; line 3 7) >three.csv
weir convert -o binary -O t three.csv
[ -f t/inif.H ] || fail "inif is not 16 bits wide"

# The output replaces its own input, also through a link, and only when it is complete.
ln -s t link
weir convert -o binary -O link/../link --filter-expr 'octets > 1' t
[ "$(stat -c %s t/octets.Q)" -eq 16 ] || fail "in place: wrong size"
[ -L link ] || fail "the link was replaced"
cp t/octets.Q before
expect_failure 1 "overflow" convert -o binary -O t --filter-expr '(octets << 126) > 0' t
same t/octets.Q before

# Custom columns travel; stale columns of another type go.
head -c 16 /dev/zero >t/score.d
cp t/octets.Q t/mine.Q
head -c 8 /dev/zero >u.bin
mkdir old && head -c 8 u.bin >old/octets.I && head -c 8 u.bin >old/stale.I
weir convert -o binary -O old t
[ -f old/score.d ] && [ -f old/mine.Q ] && [ ! -e old/stale.I ] && [ ! -e old/octets.I ] ||
    fail "custom or stale columns: $(ls old)"
same old/mine.Q t/octets.Q

# A foreign file is in the way.
echo hello >old/thesis.txt
expect_failure 1 "thesis.txt" convert -o binary -O old t
[ -f old/thesis.txt ] || fail "a foreign file was removed"

# Interfaces above 65535 widen the column, also when the first one comes late.
line 4 70000 >wide.csv
weir convert -o binary -O w three.csv wide.csv
[ -f w/inif.I ] && [ ! -e w/inif.H ] && [ -f w/outif.H ] || fail "not widened: $(ls w)"
weir convert -O w.csv w
cat three.csv wide.csv | same - w.csv

# Missing columns: fine when nobody needs them, an error that names them otherwise.
mkdir small
cp w/packets.Q w/octets.Q small
weir convert -o binary -O small2 small
[ "$(ls small2)" = "octets.Q
packets.Q" ] || fail "columns appeared: $(ls small2)"
expect_failure 1 "lacks a column that is needed: af, prot" convert small
expect_failure 1 "prot" convert -o binary -O x --filter-expr 'prot==6' small
[ ! -e x ] || fail "an output appeared"
expect_failure 2 "directory" convert -o binary small
