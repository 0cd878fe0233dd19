# SPDX-License-Identifier: GPL-3.0-or-later
# Small cases with answers worked out by hand: times in seconds.milliseconds, one key per letter.
# A line "KEY FIRST LAST [PACKETS [OCTETS [AGGS]]]" is a record.
records() {
    awk '{
        split($2, first, "."); split($3, last, ".")
        printf "2, 6, 0, 0, 0, 0, 0, %d, 0, 0, 0, 1, 1024, 80, %d, %d, %d, %d, %s, %s, %s\n",
            index("abcdefgh", $1), first[1], first[2], last[1], last[2],
            $4 == "" ? 1 : $4, $5 == "" ? 100 : $5, $6 == "" ? 0 : $6
    }'
}
# check NAME WANT REJECTS OPTIONS... <RECORDS
check() {
    local name=$1 want=$2 rejects=$3 threads
    shift 3
    records >in.csv
    printf '%s' "${want:+$want$'\n'}" | records >want.csv
    printf '%s' "${rejects:+$rejects$'\n'}" | records >want_rejects.csv
    for threads in 1 2 7; do
        weir merge --threads $threads "$@" -i csv_flow in.csv -O got.csv --rejects got_rejects.csv
        cmp got.csv want.csv || fail "$name: $(cat got.csv)"
        cmp got_rejects.csv want_rejects.csv || fail "$name: rejects: $(cat got_rejects.csv)"
    done
}
check "in order, the last part short" "b 5.000 6.000 1 100 1
a 0.000 400.000 3 300 2" "" <<'END'
a 0.000 300.000 2 100
b 5.000 6.000
a 310.000 400.000 1 200
END
# 400 - 310 = 90 is short, so the flow is written when its last part arrives.
check "touching, and a gap of 1 ms less than the timeout and of just the timeout" \
"a 0.000 310.500 2 200 2
b 0.000 320.000 2 200 2
c 0.000 300.500 1 100 1
c 315.500 320.000 1 100 1" "" <<'END'
a 0.000 300.500
b 0.000 300.500
c 0.000 300.500
a 300.500 310.500
b 315.499 320.000
c 315.500 320.000
END
check "fractions of a second as timeout" "a 0.000 301.000 2 200 2
b 0.000 300.000 1 100 1
b 300.250 301.000 1 100 1" "" -I 0.25 -A 300 <<'END'
a 0.000 300.000
b 0.000 300.000
a 300.249 301.000
b 300.250 301.000
END
check "no idle timeout: nothing is joined" "a 0.000 300.000 1 100 1
a 300.000 301.000 1 100 1" "" -I 0 <<'END'
a 0.000 300.000
a 300.000 301.000
END
check "chain of parts, which stays open and keeps its place at the end" \
"c 1.000 2.000 1 100 1
a 0.000 900.000 3 6 9
b 1.000 301.000 1 100 1" "" <<'END'
a 0.000 300.000 1 1 2
b 1.000 301.000
a 301.000 600.000 1 2 3
c 1.000 2.000
a 600.000 900.000 1 3 4
END
check "reversed: the record is earlier, the merged flow stays" "b 1.000 2.000 1 100 1
a 10.000 700.000 3 300 3" "" <<'END'
a 100.000 400.000
a 10.000 95.000
b 1.000 2.000
a 400.001 700.000
END
check "reversed and apart: the record is written, the flow goes to the end of the cache" \
"a 10.000 20.000 1 100 1
b 100.000 400.000 1 100 1
a 100.000 400.000 1 100 1" "" <<'END'
a 100.000 400.000
b 100.000 400.000
a 10.000 20.000
END
check "apart: both are written, or the later one waits" "a 0.000 300.000 1 1 1
a 400.000 401.000 1 2 1
b 0.000 300.000 1 3 1
c 0.000 0.500 1 100 1
b 400.000 800.000 1 4 1" "" <<'END'
a 0.000 300.000 1 1
b 0.000 300.000 1 3
a 400.000 401.000 1 2
b 400.000 800.000 1 4
c 0.000 0.500
END
check "a chain behind a flow that has left: the place in the cache is that of its first part" \
"a 0.000 300.000 1 1 1
a 400.000 1000.000 2 5 2
c 0.000 300.000 1 100 1" "" <<'END'
a 0.000 300.000 1 1
a 400.000 700.000 1 2
c 0.000 300.000
a 700.000 1000.000 1 3
END
check "overlaps: neither is written, later records begin anew" \
"b 10.000 20.000 1 5 1
a 900.000 901.000 1 4 1" "a 0.000 600.000 2 3 2
a 599.999 900.000 1 3 1" <<'END'
a 0.000 300.000 1 1
a 300.000 600.000 1 2
b 10.000 20.000 1 5
a 599.999 900.000 1 3
a 900.000 901.000 1 4
END
check "aggs above 1 are summed, 0 counts as 1" "b 0.000 1.000 1 100 7
a 0.000 310.000 2 200 6" "" <<'END'
a 0.000 300.000 1 100 5
b 0.000 1.000 1 100 7
a 300.000 310.000 1 100 0
END
check "packets 0" "a 0.000 310.000 0 100 2" "" <<'END'
a 0.000 300.000 0 50
a 300.000 310.000 0 50
END
check "last < first counts as ending at first, but is written as it came" \
"b 50.000 40.000 1 100 1
a 0.000 305.000 2 200 2
c 50.000 49.999 1 100 1" "" <<'END'
b 50.000 40.000
a 0.000 300.000
a 305.000 290.000
c 50.000 49.999
END
check "active at most idle timeout: every record is long" "c 5.000 6.000 1 100 1
a 0.000 25.000 3 300 3
b 1.000 1.000 1 100 1
c 60.000 61.000 1 100 1" "" -I 15 -A 10 <<'END'
a 0.000 1.000
b 1.000 1.000
c 5.000 6.000
a 10.000 11.000
a 24.000 25.000
c 60.000 61.000
END
check "nothing" "" "" </dev/null
check "one long record" "a 0.000 300.000 1 100 1" "" <<<"a 0.000 300.000"

# The rejects are a trace when the output is one, with custom columns; none are an empty one.
records >in.csv <<'END'
a 0.000 300.000
a 200.000 250.000
b 0.000 300.000
b 300.000 310.000
END
weir convert -o binary -O in in.csv
printf '\1\2\3\4' >in/mark.B
weir merge -o binary -O out --rejects rejects in
[ "$(od -An -tu1 out/mark.B)" = "   3" ] || fail "custom column: $(od -An -tu1 out/mark.B)"
[ "$(od -An -tu1 rejects/mark.B)" = "   1   2" ] || fail "custom column of rejects"
weir merge -o none -O unused --rejects rejects.csv in
grep -q "weir: warning: overlapping records of one key hold 50.000 %" stderr || fail "no warning"
grep -q "1 overlapping pair left out (50.000 % of the octets), 200 octets in them" stderr ||
    fail "report: $(cat stderr)"
weir convert rejects -O want.csv
same rejects.csv want.csv
records >good.csv <<<"a 0.000 300.000"
weir merge -o binary -O out --rejects rejects good.csv
weir convert rejects -i binary >empty.csv
[ ! -s empty.csv ] || fail "rejects that are none: $(cat empty.csv)"

# More than 64 bits: an error that names the key; nothing is written, older outputs stay.
records >huge.csv <<'END'
a 0.000 300.000 1 18446744073709551615
a 300.000 310.000 1 1
END
echo old >out.csv
echo old >rejects.csv
for threads in 1 2 7; do
    expect_failure 1 "sa3 1, da0 0" merge --threads $threads huge.csv -O out.csv --rejects rejects.csv
    grep -q "octets up to 18446744073709551615" stderr || fail "$(cat stderr)"
    [ "$(cat out.csv rejects.csv)" = "old
old" ] || fail "older outputs"
done
rm -r out rejects
expect_failure 1 "octets" merge huge.csv -o binary -O out --rejects rejects
[ ! -e out ] && [ ! -e rejects ] || fail "outputs of a failure"
