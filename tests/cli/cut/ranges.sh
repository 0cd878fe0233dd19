# SPDX-License-Identifier: GPL-3.0-or-later
# Ranges of traces and of single columns equal those that convert selects, custom columns included.
line() { echo "2, 6, $1, 0, 0, 0, 0, $1, 0, 0, 0, 2, 80, 443, 100, 1, 200, 2, 3, $1, 0"; }
for i in $(seq 1 2000); do line "$i"; done >a.csv
weir convert -o binary -O a a.csv
cp a/octets.Q a/mine.Q
cp -r a b
mkdir c && for f in a/*; do : >"c/${f##*/}"; done
for range in "" "--skip-in 100 --count-in 1000" "--skip-in 1999" "--skip-in 2000 --count-in 1" \
    "--skip-in 1500 --count-in 1000" "--skip-in 4000" "--skip-in -5 --count-in 3" "--count-in 0" \
    "--count-in -1" "--skip-in 9999999999"; do
    # shellcheck disable=SC2086
    weir convert -o binary $range -O want a c b
    # shellcheck disable=SC2086
    weir cut $range -O got a c b
    diff -r want got || fail "range $range of traces"
    # shellcheck disable=SC2086
    weir cut $range -O got.Q a/octets.Q
    # shellcheck disable=SC2086
    weir convert -o binary $range -O want a
    same got.Q want/octets.Q
    # shellcheck disable=SC2086
    weir cut -i binary -o binary $range a/octets.Q | same - want/octets.Q
done

# In place, through a link; other files are in the way of a replacement, not of reading.
echo note >b/note.txt
weir cut --count-in 7 -O got b
[ "$(stat -c %s got/mine.Q)" -eq 56 ] || fail "size of a custom column"
expect_failure 1 "note.txt" cut --count-in 7 -O b a
ln -s a link
weir cut --skip-in 1 --count-in 7 -O link link
weir convert --skip-in 1 --count-in 7 -O want.csv a.csv
weir convert a | same - want.csv

# What does not go together.
cp -r a d && rm d/mine.Q
expect_failure 1 "d: expected the columns and types of a" cut -O x a d
expect_failure 2 "one column file" cut -O x a.csv
expect_failure 2 "one column file" cut -O x a/octets.Q a/packets.Q
expect_failure 1 "absent" cut -O x absent
expect_failure 2 "directory" cut a
printf 123 >odd.Q
expect_failure 1 "odd.Q: expected whole values" cut -O x odd.Q
[ ! -e x ] || fail "an output appeared"
if [ -e "$WEIR_REFERENCE/trace-8000" ]; then
    weir cut --skip-in 100 --count-in 1000 -O got "$WEIR_REFERENCE/trace-8000/trace"
    weir convert got | same - "$WEIR_REFERENCE/trace-8000/expected/cut/100-1000.csv"
fi
