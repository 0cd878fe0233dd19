# SPDX-License-Identifier: GPL-3.0-or-later
# What is refused, and that nothing is written then.
mkdir trace
printf 'aabc' >trace/prot.B
printf '\001\0\002\0\003\0\004\0' >trace/sp.H
before=$(cat trace/* | cksum)
expect_failure 2 "--key" sort -O out trace
expect_failure 2 "name it with --output" sort -k prot -- trace
expect_failure 2 "--out-format" sort -k prot -o nfcapd -O out trace
expect_failure 2 "PATH" sort -k prot -O out
expect_failure 1 "lacks the column dp" sort -k prot dp -O out trace
expect_failure 1 "lacks the column dp" sort -k dp -O out --filter-expr 'prot == 97' trace
expect_failure 1 "the records lack" sort -k prot -o csv_flow -O out trace
expect_failure 1 "nothing" sort -k prot -O out nothing
printf 'x' >trace/notes.txt
expect_failure 1 "notes.txt" sort -k prot --reverse -O trace trace
rm trace/notes.txt
expect_failure 2 "another file than the inputs" sort -k prot -o none -O trace/sp.H trace

# A column is too short: everything is checked before the first byte is written.
printf 'xyz' >trace/tag.B
expect_failure 1 "tag.B" sort -k sp -O trace trace
rm trace/tag.B
[ ! -e out ] || fail "there is an output"
[ "$(cat trace/* | cksum)" = "$before" ] || fail "the input has changed"

# Nothing, one record, and all equal ones.
for n in 0 1 5; do
    for options in "" --reverse; do
        rm -rf small small.csv
        mkdir small
        head -c $n /dev/zero >small/prot.B
        head -c $((2 * n)) /dev/zero >small/sp.H
        # shellcheck disable=SC2086
        weir sort -k sp prot $options -I small_$n$options -O sorted small
        diff -r small sorted
        [ "$(stat -c %s small_$n$options.B)" -eq $n ] || fail "index of $n records"
    done
done
