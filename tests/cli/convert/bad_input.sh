# SPDX-License-Identifier: GPL-3.0-or-later
# Bad input: no traceback, no silent zero, but one line that names the place, what was expected and
# what was found; exit 1; no output.
good="2, 6, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 80, 443, 100, 1, 200, 2, 3, 4, 0"
new_trace() {
    rm -rf trace
    for i in 1 2 3; do echo "$good"; done >three.csv
    weir convert -o binary -O trace three.csv
}
# refuse TEXT PATH [OPTION...]: every command refuses the input with one line that has TEXT.
refuse() {
    local text=$1 path=$2
    shift 2
    for command in "convert" "convert -o binary" "hist" "hist -x rate -b 12 -c duration"; do
        # shellcheck disable=SC2086
        expect_failure 1 "$text" $command "$@" -O result "$path"
        [ "$(wc -l <stderr)" -eq 1 ] || fail "more than one line: $(cat stderr)"
        grep -q "^weir: ${command%% *}: " stderr || fail "no command in: $(cat stderr)"
        [ ! -e result ] || fail "an output appeared"
    done
}

# Traces.
refuse "absent" absent
refuse "absent" absent -i binary
new_trace
printf x >>trace/packets.Q
refuse "trace/packets.Q: expected whole values of 8 bytes, but found 25" trace
new_trace
printf 12345678 >>trace/octets.Q
refuse "but found" trace
new_trace
cp trace/sp.H trace/sp.B
refuse "one file for column sp" trace
new_trace
mv trace/sp.H trace/sp.X
refuse "type code" trace
new_trace
rm trace/packets.Q
expect_failure 1 "lacks a column that is needed: packets" convert trace
expect_failure 1 "lacks a column that is needed: packets" hist -x size trace
rm -r trace && mkdir trace
refuse "column files" trace -i binary
echo hello >file
refuse "file" file -i binary
refuse "hello" file

# Values that no packet counter has: negative, broken, not a number.
for value in "-1" "0.5" "nan" "inf" "2e19"; do
    new_trace
    rm trace/packets.Q
    python3 -c 'import struct, sys
sys.stdout.buffer.write(struct.pack("<3d", 1, 7, float(sys.argv[1])))' "$value" >trace/packets.d
    for command in "hist" "hist -x size -b 12"; do
        # shellcheck disable=SC2086
        expect_failure 1 "trace, record 3: " $command -O result trace
        grep -q packets stderr || fail "the column is not named: $(cat stderr)"
    done
done

# Text: each kind of bad line, at the end of good ones.
bad_line() {
    (echo "$good"; echo "$good"; printf '%s\n' "$1"; echo "$good") >bad.csv
    refuse "bad.csv:3: " bad.csv
}
bad_line "2, 6"
bad_line "$good, 1"
bad_line "2, 6, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 80, 443, 100, 1, 200, 2, -3, 4, 0"
bad_line "2, 6, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 80, 443, 100, 1, 200, 2, 3.5, 4, 0"
bad_line "2, 6, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 80, 443, 100, 1, 200, 2, , 4, 0"
bad_line "2, 6, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 80, 443, 100, 1, 200, 2, x, 4, 0"
bad_line "2, 6, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 80, 443, 100, 1, 200, 2, 0x3, 4, 0"
bad_line ""
bad_line "2, 6, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 80, 70000, 100, 1, 200, 2, 3, 4, 0"
grep -q "dp" stderr && grep -q "70000" stderr || fail "field and value are not named: $(cat stderr)"
bad_line "2, 6, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 80, 443, 100, 1, 200, 2, 18446744073709551616, 4, 0"
grep -q "packets" stderr && grep -q "18446744073709551616" stderr || fail "$(cat stderr)"
bad_line "2, 256, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 80, 443, 100, 1, 200, 2, 3, 4, 0"
bad_line "$(head -c 70000 /dev/zero | tr '\0' 1)"
(echo "$good"; head -c 100 /dev/zero; echo; echo "$good") >bad.csv
refuse "bad.csv:2: " bad.csv
good_pipe="2|1000|2000|6|0|0|0|4|80|0|0|0|2|443|0|0|0|0|0|0|3|4"
(echo "$good_pipe"; echo "2|1000|2000|6|0|0|0|4|80|0|0|0|2|443|0|0|0|0|0|0|3") >bad.pipe
refuse "bad.pipe:2: " bad.pipe

# nfcapd: not one, damaged, cut.
refuse "nfcapd" three.csv -i nfcapd
printf '\014\245\003\000123456789012345678901234567890123456789012345678901234567890' >layout3
refuse "layout" layout3
need_reference nfcapd
for name in damaged-block0-v1 truncated-blocks-v2 truncated-v2; do
    refuse "--salvage would recover" "$WEIR_REFERENCE/nfcapd/edge/$name.nfcapd"
done
