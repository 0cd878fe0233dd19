# SPDX-License-Identifier: GPL-3.0-or-later
# Interfaces of nfcapd have 32 bits: text shows them whole, and a trace gets a wider column when one
# needs it, also when the first of them comes late. The files are made here: layout 2, plain.
need_program python3
cat >make.py <<'PYTHON'
import struct
def record(i, inif, outif):
    generic = struct.pack("<HHQQQQQHHBBBB", 1, 52, 1500000000000 + i, 1500000001000 + i, 0, i + 1,
                          40 * i + 40, 1024, 53, 17, 0, 0, 0)
    address = struct.pack("<HHII", 2, 12, 0x0a000001, 0x0a000002)
    misc = struct.pack("<HHIIBBBBBBH", 4, 20, inif, outif, 0, 0, 0, 0, 0, 0, 0)
    body = generic + address + misc
    return struct.pack("<HHHBBHBB", 11, 12 + len(body), 3, 0, 0, 0, 0, 9) + body
def file(name, n, wide_at):
    rows = [(i, 70000 + i if i == wide_at else i * 7 % 65536,
             4294967295 if i == wide_at else 65535 - i) for i in range(n)]
    blocks = b""
    n_blocks = 0
    for at in range(0, n, 5000):
        payload = b"".join(record(*row) for row in rows[at:at + 5000])
        blocks += struct.pack("<IIHH", len(rows[at:at + 5000]), len(payload), 3, 0) + payload
        n_blocks += 1
    header = struct.pack("<HHIqBBHIQII", 0xa50c, 2, 0x01070100, 0, 0, 0, 0, 0,
                         40 + len(blocks), 0, n_blocks)
    open(name, "wb").write(header + blocks)
    with open(name + ".csv", "w") as text:
        for i, inif, outif in rows:
            first = 1500000000000 + i
            text.write(f"2, 17, {inif}, {outif}, 0, 0, 0, 167772161, 0, 0, 0, 167772162, 1024, 53, "
                       f"{first // 1000}, {first % 1000}, {first // 1000 + 1}, {first % 1000}, "
                       f"{i + 1}, {40 * i + 40}, 0\n")
file("narrow", 40000, None)
file("late", 40000, 39990)
file("early", 40000, 0)
PYTHON
python3 make.py
for name in narrow late early; do
    want="./inif.H ./outif.H"
    [ $name = narrow ] || want="./inif.I ./outif.I"
    for threads in 1 2 7; do
        weir convert --threads $threads -O out.csv $name
        same out.csv $name.csv
        for input in "$name" "$name.csv"; do
            weir convert --threads $threads -o binary -O trace "$input"
            [ "$(cd trace && echo ./*if.*)" = "$want" ] || fail "$input: $(ls trace)"
            weir convert trace >out.csv
            same out.csv $name.csv
        done
    done
done
# What the filter leaves out does not widen.
weir convert -o binary -O trace --filter-expr 'inif < 65536' late
[ -e trace/inif.H ] || fail "widened for nothing: $(ls trace)"
weir hist --filter-expr 'inif >= 65536' -O out.csv late
[ "$(tail -n +2 out.csv)" = "39991,39992,1,39991,1599640" ] || fail "$(cat out.csv)"
