# SPDX-License-Identifier: GPL-3.0-or-later
# What top refuses, and that it then writes nothing.
line="2, 6, 1, 2, 0, 0, 0, 9, 0, 0, 0, 1, 1024, 80, 1500000000, 1, 1500000001, 2, 3, 400, 0"
echo "$line" >in.csv
refused() { # TEXT ARGS...
    local text=$1
    shift
    expect_failure 2 "$text" top in.csv -O out "$@"
    [ ! -e out ] || fail "there is an output: $*"
}
refused '--by: expected sa, da, sa/PREFIX, da/PREFIX or a field' --by src
refused 'but found "sax"' --by sax
refused 'expected a name, but found nothing' --by ''
refused 'expected a name, but found nothing' --by sa,
refused 'expected a name, but found nothing' --by ,sa
refused 'expected a prefix length as in sa/24 (0 to 128)' --by sa/129
refused 'but found "sa/33:64"' --by sa/33:64
refused 'but found "sa/24:129"' --by sa/24:129
refused 'but found "da/"' --by prot,da/
refused 'but found "da/:"' --by da/:
refused 'but found "sa/-1"' --by sa/-1
refused 'behind sa or da only, but found "sa3/24"' --by sa3/24
refused 'expected every name once, but found "sa/8" and "sa/16"' --by sa/8,sa/16
refused 'expected every name once, but found "dp" and "dp"' --by dp,sp,dp
refused 'expected at most 16 names' \
    --by af,prot,inif,outif,sa0,sa1,sa2,sa3,da0,da1,da2,da3,sp,dp,first,last,packets
refused 'option -n: expected an integer from 1' -n 0
refused 'expected one of octets, packets, flows' --order bytes
refused 'expected one of text, csv, json' -o binary
cp in.csv keep.csv
expect_failure 2 "expected another file than the inputs" top in.csv -O in.csv
same in.csv keep.csv
expect_failure 2 "operand" top

# A trace that lacks a column, and columns whose values make no keys.
mkdir trace
printf '\1\0\0\0\0\0\0\0' >trace/packets.Q
printf '\2\0\0\0\0\0\0\0' >trace/octets.Q
expect_failure 1 "sa0" top trace
printf '\377' >trace/prot.b
expect_failure 1 "trace, record 1: prot: expected a whole number" top trace --by prot
for name in af sa0 sa1 sa2 sa3; do
    printf '\2\0\0\0\1\0\0\0' >trace/$name.Q
done
expect_failure 1 "trace, record 1: sa0: expected a number of 32 bits, but found 4294967298" \
    top trace
[ "$(weir top trace --by sa0,packets -o csv | tail -1)" = 4294967298,1,1,1,2 ] || fail "wide values"

# A job.
cat >job.yaml <<'END'
output: out
input: in.csv
steps:
  talkers: {top: {by: "sa/24,dp", number: 5, out-format: csv}, to: talkers.csv}
  lengths: {hist: {x-value: length}, to: length.csv}
END
weir run job.yaml
printf 'sa/24,dp,flows,packets,octets\n0.0.0.0/24,80,1,3,400\n' >want.csv
same out/talkers.csv want.csv
