# SPDX-License-Identifier: GPL-3.0-or-later
# --columns: what flow files hold beyond the 21 fields, against nfdump's text and its csv; which
# inputs can give which columns; what is refused.
need_reference nfcapd
need_program python3
cat >columns.py <<'PYTHON'
import array, glob, gzip, ipaddress, os, subprocess, sys
from datetime import datetime, timezone

weir = os.environ["WEIR"]
folder = os.environ["WEIR_REFERENCE"] + "/nfcapd"
types = dict(bgp0="I", bgp1="I", bgp2="I", bgp3="I", dir="B", dmask="B", dstas="I", dtos="B", dvlan="I",
             flags="B", flows="Q", fwd="B", hop0="I", hop1="I", hop2="I", hop3="I", in_dmac="Q",
             in_smac="Q", out_dmac="Q", out_octets="Q", out_packets="Q", out_smac="Q", received="Q",
             smask="B", srcas="I", svlan="I", tos="B")

def trace(names, path, threads):
    subprocess.run([weir, "-q", "--threads", str(threads), "convert", "--columns", ",".join(names),
                    "-o", "binary", "-O", "trace", path], check=True)
    own = {os.path.basename(p) for p in glob.glob("trace/*")}
    assert len(own) == 21 + len(names), own
    columns = {}
    for name in names:
        column = array.array(types[name])
        with open(f"trace/{name}.{types[name]}", "rb") as f:
            column.frombytes(f.read())
        columns[name] = column.tolist()
    return columns

def words(prefix, address):
    value = int(ipaddress.ip_address(address))
    return {f"{prefix}{i}": value >> 32 * (3 - i) & 0xffffffff for i in range(4)}

def phantom(line, following):
    return all(x == "0" for x in line[4:]) and following is not None and line[1:3] == following[1:3]

# nfdump's pipe text: four columns of every file, from both formats.
four = ["flags", "tos", "srcas", "dstas"]
texts = sorted(glob.glob(folder + "/*.pipe.gz"))
assert len(texts) >= 8
for text in texts:
    lines = [line.split("|") for line in gzip.open(text, "rt").read().splitlines()]
    lines = [a for a, b in zip(lines, lines[1:] + [None]) if not phantom(a, b)]
    want = dict(srcas=[int(l[14]) for l in lines], dstas=[int(l[15]) for l in lines],
                flags=[int(l[18]) for l in lines], tos=[int(l[19]) for l in lines])
    with open("text.pipe", "w") as f:
        f.writelines("|".join(line) + "\n" for line in lines)
    for threads in 1, 2, 7:
        for path in text[:-8], "text.pipe":
            got = trace(four, path, threads)
            assert got == want, (text, path, threads)
    for path in text[:-8], "text.pipe":
        assert trace(["tos"], path, 2) == {"tos": want["tos"]}, path

# nfdump's csv: all the others, of kinds 10 and 11. It prints phantom lines too, and rounds masks.
def mac(text):
    return int(text.replace(":", ""), 16)

def by_nfdump(path):
    out = subprocess.run(["nfdump", "-q", "-r", path, "-o", "csv"], capture_output=True,
                         env=os.environ | {"TZ": "UTC"}, check=True).stdout.decode().splitlines()
    names = subprocess.run(["nfdump", "-r", path, "-c", "1", "-o", "csv"], capture_output=True,
                           check=True).stdout.decode().splitlines()[0].split(",")
    rows = [dict(zip(names, line.split(","))) for line in out if line.count(",") > 40]
    columns = {name: [] for name in types if name not in ("flags", "flows")}
    for row in rows:
        values = words("hop", row["nh"]) | words("bgp", row["nhb"])
        values |= dict(dir=row["dir"], dmask=row["dmk"], dstas=row["das"], dtos=row["dtos"],
                       dvlan=row["dvln"], fwd=row["fwd"], out_octets=row["obyt"],
                       out_packets=row["opkt"], smask=row["smk"], srcas=row["sas"],
                       svlan=row["svln"], tos=row["stos"])
        values |= dict(in_smac=mac(row["ismc"]), out_dmac=mac(row["odmc"]),
                       in_dmac=mac(row["idmc"]), out_smac=mac(row["osmc"]))
        stamp = datetime.strptime(row["tr"] + "000", "%Y-%m-%d %H:%M:%S.%f")
        values["received"] = round(stamp.replace(tzinfo=timezone.utc).timestamp() * 1000)
        for name in columns:
            columns[name].append(int(values[name]))
    return columns

if subprocess.run("command -v nfdump", shell=True, capture_output=True).returncode == 0:
    seen = set()
    for file in ("isp100k-anon.v2-lz4.nfcapd", "mikrotik60s.v2-none.nfcapd",
                 "ctu-scan33s.v1-none.nfcapd", "edge/type10-records-in-v2.nfcapd",
                 "edge/unaligned-labels-v2.nfcapd", "ics-iti.e60.v2-lz4.nfcapd"):
        want = by_nfdump(f"{folder}/{file}")
        for threads in 1, 7:
            got = trace(list(types), f"{folder}/{file}", threads)
            assert len(got["tos"]) == len(want["tos"]) > 0, file
            for name in want:
                assert got[name] == want[name], (file, name, [
                    (i, a, b) for i, (a, b) in enumerate(zip(got[name], want[name])) if a != b][:5])
        seen |= {name for name in want if any(want[name])}
    # IPv6 next hops of BGP are in none of these files.
    assert set(types) - seen == {"flags", "flows", "bgp0", "bgp1", "bgp2"}, set(types) - seen
PYTHON
python3 columns.py

nfcapd=$(ls "$WEIR_REFERENCE"/nfcapd/ctu*.nfcapd)
flows=$WEIR_REFERENCE/nfcapd/edge/type10-records-in-v2.nfcapd
# Several inputs of several formats are one; a trace keeps what is asked for, or all that it has.
weir convert -o binary -O all --columns flags,tos,smask,flows "$flows"
weir convert -o binary -O same all
diff -r all same
weir convert -o binary -O two --columns tos,flows all
cmp two/tos.B all/tos.B
cmp two/flows.Q all/flows.Q
[ "$(find two -type f | wc -l)" -eq 23 ] || fail "$(ls two)"
weir convert -o binary -O both --columns smask,tos all "$flows" all
for column in smask.B tos.B octets.Q; do
    cat all/$column all/$column all/$column | cmp - both/$column
done
# Filters and slices cut the columns with their records.
weir convert -o binary -O cut --columns flows,flags --filter-expr 'prot == 6' --skip-in 3 "$flows"
weir convert -o binary -O cut2 --columns flows,flags --filter-expr 'prot == 6' --skip-in 3 all
diff -r cut cut2
[ -s cut/flags.B ] && [ "$(stat -c %s cut/flags.B)" -lt "$(stat -c %s all/flags.B)" ] || fail "not cut"
# Empty inputs give empty columns.
weir convert -o binary -O empty --columns flags,received "$WEIR_REFERENCE"/nfcapd/edge/empty-v1.nfcapd
[ -e empty/flags.B ] && [ ! -s empty/flags.B ] && [ -e empty/received.Q ] || fail "$(ls -l empty)"
: >nothing
weir convert -o binary -O empty --columns flags,received nothing
[ -e empty/flags.B ] && [ ! -s empty/flags.B ] && [ -e empty/received.Q ] || fail "$(ls -l empty)"

# What cannot be had is named.
weir convert -O flows.csv "$flows"
weir convert -o pipe -O flows.pipe "$flows"
expect_failure 2 "flows.pipe (pipe) can give (dstas, flags, srcas, tos), but found smask" \
    convert -o binary -O no --columns tos,smask flows.pipe
expect_failure 2 "flows.csv (csv_flow) has no columns beyond the 21 fields, but tos is asked for" \
    convert -o binary -O no --columns tos flows.csv
expect_failure 2 "all (binary) can give (flags, flows, smask, tos), but found srcas" \
    convert -o binary -O no --columns srcas all
expect_failure 2 "can give (bgp0, bgp1" convert -o binary -O no --columns label "$nfcapd"
expect_failure 2 "flows.csv (csv_flow) has no columns" \
    convert -o binary -O no --columns flags "$nfcapd" flows.csv
expect_failure 2 "expected every column once, but found tos twice" \
    convert -o binary -O no --columns tos,flags,tos "$nfcapd"
expect_failure 2 "which need not be asked for, but found octets" \
    convert -o binary -O no --columns octets "$nfcapd"
expect_failure 2 "expected none, because csv_flow has the 21 fields only, but found tos" \
    convert --columns tos "$nfcapd"
expect_failure 2 "columns that pipe can hold (dstas, flags, srcas, tos), but found dmask" \
    convert -o pipe --columns dmask "$nfcapd"
expect_failure 2 "expected words separated by commas" convert --columns tos, "$nfcapd"
[ ! -e no ] || fail "an output of a failure"

# A value that the column cannot hold is a bad line, but only when it is asked for.
echo '2|1000|2000|6|0|0|0|1|80|0|0|0|2|80|0|0|1|2|256|0|1|40' >wide.pipe
weir convert -o binary -O wide --columns tos wide.pipe
expect_failure 1 "wide.pipe:1: field flags: expected a whole number from 0 to 255" \
    convert -o binary -O no --columns flags wide.pipe

# Jobs have it as a key; steps with other columns read for themselves.
cat >job.yaml <<YAML
job: columns
input: $flows
output: out
steps:
  a: {convert: {out-format: binary, columns: [flags, tos, smask, flows]}, to: a}
  b: {convert: {out-format: binary, columns: "tos,flows"}, to: b}
  c: {convert: {out-format: binary}, to: c}
  d: {convert: {out-format: pipe}, to: d.pipe}
YAML
weir run job.yaml
diff -r all out/a
diff -r two out/b
[ "$(find out/c -type f | wc -l)" -eq 21 ] || fail "$(ls out/c)"
same out/d.pipe flows.pipe
