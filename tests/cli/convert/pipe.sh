# SPDX-License-Identifier: GPL-3.0-or-later
# -o pipe: the text that nfdump 1.7 prints, from nfcapd files, from its own text, and from formats that
# lack some of it.
need_reference nfcapd
n=0
for text in "$WEIR_REFERENCE"/nfcapd/*.pipe.gz; do
    # nfdump's phantom lines: all zero from field 5 on, and the next line has the same times.
    gzip -dc "$text" | awk -F'|' '
        have && !(zero && first == $2 && last == $3) { print line }
        {
            line = $0; first = $2; last = $3; have = 1; zero = 1
            for (i = 5; i <= NF; i++) if ($i != 0) zero = 0
        }
        END { if (have) print line }' >want.pipe
    for threads in 1 2 7; do
        weir convert --threads $threads -o pipe -O got.pipe "${text%.pipe.gz}"
        same got.pipe want.pipe
        gzip -dc "$text" | weir convert --threads $threads -i pipe -o pipe - >got.pipe
        same got.pipe want.pipe
    done
    cmp -s want.pipe <(gzip -dc "$text") && whole=$((${whole:-0} + 1))
    n=$((n + 1))
done
[ "$n" -ge 8 ] && [ "$whole" -ge 6 ] || fail "$n files, $whole without phantom lines"

trace=$WEIR_REFERENCE/trace-8000
for threads in 1 2 7; do
    weir convert --threads $threads -o pipe -O got.pipe "$trace/trace.pipe"
    same got.pipe "$trace/trace.pipe"
done
weir convert -o pipe --filter-expr 'prot == 17' --skip-out 10 "$trace/trace.pipe" >got.pipe
awk -F'|' '$4 == 17' "$trace/trace.pipe" | tail -n +11 | cmp - got.pipe

# Through a trace that keeps the columns, and through formats that have none of them.
flows=$(ls "$WEIR_REFERENCE"/nfcapd/ctu*.nfcapd)
gzip -dc "$flows.pipe.gz" >want.pipe
weir convert -o binary -O kept --columns flags,tos,srcas,dstas "$flows"
weir convert -o pipe kept >got.pipe
same got.pipe want.pipe
awk -F'|' 'BEGIN { OFS = "|" } { $15 = $16 = $19 = $20 = 0; print }' want.pipe >zeros.pipe
weir convert -o binary -O lost "$flows"
weir convert -O lost.csv "$flows"
for path in lost lost.csv; do
    weir convert -o pipe $path >got.pipe
    same got.pipe zeros.pipe
done
awk -F'|' 'BEGIN { OFS = "|" } { $15 = $16 = $20 = 0; print }' want.pipe >flags.pipe
for path in "$flows" kept want.pipe; do
    weir convert -o pipe --columns flags "$path" >got.pipe
    same got.pipe flags.pipe
done
expect_failure 2 "no columns beyond the 21 fields" convert -o pipe --columns flags lost.csv

# aggs is not needed; anything else is. Largest values; what the text cannot say is an error.
rm lost/aggs.I
weir convert -o pipe lost >got.pipe
same got.pipe zeros.pipe
rm lost/sp.H
expect_failure 1 "lacks a column that is needed: sp" convert -o pipe lost
cat >large.csv <<'CSV'
2, 255, 70000, 4294967295, 4294967295, 4294967295, 4294967295, 4294967295, 1, 2, 3, 4, 65535, 65535, 4294967295, 999, 4294967295, 7, 18446744073709551615, 18446744073709551615, 5
0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
CSV
weir convert -o pipe large.csv >got.pipe
cat >want.pipe <<'PIPE'
2|4294967295999|4294967295007|255|4294967295|4294967295|4294967295|4294967295|65535|1|2|3|4|65535|0|0|70000|4294967295|0|0|18446744073709551615|18446744073709551615
0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0
PIPE
same got.pipe want.pipe
head -n 1 large.csv >one.csv
for column in "octets.Q octets.q 0xff field.octets..expected.a.whole.number.from.0" \
    "first.I first.q 0x7f field.first..expected.a.whole.number.from.0.to.4294967295" \
    "last_ms.H last_ms.b 0xff field.last:.expected.a.whole.number"; do
    read -r old new byte message <<<"$column"
    weir convert -o binary -O bad one.csv
    rm "bad/$old"
    size=8
    [ "${new##*.}" = q ] || size=1
    for _ in $(seq $size); do printf '%b' "\\x${byte#0x}"; done >"bad/$new"
    expect_failure 1 "bad, record 1" convert -o pipe bad
    grep -q "$message" stderr || fail "$(cat stderr)"
done
: >nothing
weir convert -o pipe nothing >got.pipe
[ ! -s got.pipe ] || fail "text from nothing"
