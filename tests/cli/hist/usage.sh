# SPDX-License-Identifier: GPL-3.0-or-later
# Options of hist that make no sense: exit 2, before anything is read or written.
usage() {
    expect_failure 2 "$@"
    [ ! -s stdout ] || fail "output on stdout: $*"
    [ ! -e out.csv ] || fail "there is an output: $*"
}
echo "2, 6, 1, 2, 0, 0, 0, 9, 0, 0, 0, 1, 1024, 80, 1500000000, 1, 1500000001, 2, 3, 400, 0" >in.csv
cp in.csv before.csv
usage 'expected an integer from 0 to 63, but found "64"' hist -b 64 -O out.csv in.csv
usage 'expected an integer from 0 to 63, but found "-1"' hist -b -1 -O out.csv in.csv
usage 'expected one of length, size, duration, rate' hist -x flows -O out.csv in.csv
usage 'expected one of duration, rate, aggs' hist -c packets -O out.csv in.csv
usage 'expected each column once, but found rate twice' hist -c rate -c aggs -c rate -O out.csv in.csv
usage 'expected one of csv_hist, none' hist -o append -O out.csv in.csv
usage 'expected PATH..., but found no operand (- is standard input)' hist -O out.csv
usage 'expected another file than the inputs, but found ./in.csv' hist -O ./in.csv in.csv
ln in.csv link.csv
usage 'expected another file than the inputs' hist -O link.csv in.csv
same in.csv before.csv
