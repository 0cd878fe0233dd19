# SPDX-License-Identifier: GPL-3.0-or-later
# Traces that only other steps need are kept in memory: the same results as by way of named traces, no
# trace left behind, with plenty of memory and with little.
need_reference nfcapd
need_program python3
cat >kept.yaml <<'END'
let: {file: nowhere, active: 300, inactive: 15}
output: kept
input: $file
steps:
  records: {convert: {}}
  merged:  {merge: {active-timeout: $active, inactive-timeout: $inactive}, from: records}
  sorted:  {sort: {key: [first, first_ms]}, from: merged, to: sorted}
  turned:  {sort: {key: [octets, da3], reverse: true}, from: merged}
  text:    {convert: {out-format: csv_flow}, from: [turned, sorted], to: turned.csv}
  hist:    {hist: {x: size, b: 12}, from: turned, to: size.csv}
END
sed -e 's/^output: kept/output: named/' \
    -e 's/^  records: .*/  records: {convert: {out-format: binary}, to: records}/' \
    -e 's/inactive}, from: records/inactive, out-format: binary}, from: records, to: merged/' \
    -e 's/true}, from: merged/true}, from: merged, to: turned/' kept.yaml >named.yaml
for file in "$WEIR_REFERENCE"/nfcapd/*.nfcapd; do
    weir run --no-manifest -q --let "file=$file" named.yaml
    for threads in 1 2 7; do
        rm -rf kept
        weir run --no-manifest -q --threads $threads --let "file=$file" kept.yaml
        [ "$(find kept -mindepth 1 -maxdepth 1 | sort | tr '\n' ' ')" = \
            "kept/size.csv kept/sorted kept/turned.csv " ] || fail "left: $(find kept)"
        diff -r kept/sorted named/sorted || fail "$file: sorted"
        cmp kept/turned.csv named/turned.csv || fail "$file: turned"
        cmp kept/size.csv named/size.csv || fail "$file: hist"
    done
done

# The rows of reference/README.md for ics-iti: merged, touching, reversed.
file=$(echo "$WEIR_REFERENCE"/nfcapd/ics-iti*.nfcapd)
while read -r inactive active want; do
    weir run --no-manifest --log json --let "file=$file" --let "inactive=$inactive" --let "active=$active" kept.yaml
    got=$(python3 -c 'import json
for line in open("stderr"):
    row = json.loads(line)
    if "records_merged" in row:
        print(row["records_merged"], row["pairs_touching"], row["pairs_reversed"])')
    [ "$got" = "$want" ] || fail "-I $inactive -A $active: $got instead of $want"
done <<'END'
15 300 0 0 0
15 60 195 8 1
30 30 1662 1224 84
60 60 1742 1223 71
END

# More than memory holds: the first records in memory, the rest in scratch files, which are gone.
rm -rf kept named
mkdir many scratch
for i in 1 2 3 4 5 6; do
    cp "$WEIR_REFERENCE"/nfcapd/isp100k*.nfcapd "many/$i"
done
weir run --no-manifest -q --let "file=$PWD/many" named.yaml
weir run --no-manifest -q --memory 64M --scratch scratch --let "file=$PWD/many" kept.yaml
diff -r kept/sorted named/sorted || fail "little memory: sorted"
cmp kept/turned.csv named/turned.csv || fail "little memory: turned"
[ -z "$(ls -A scratch)" ] || fail "scratch files were left behind"

# What nobody reads, and what is no trace, needs a name.
cat >mistakes.yaml <<'END'
input: many
steps:
  unread: {merge: {}}
  text: {convert: {out-format: csv_flow}}
  hist: {hist: {x: size}, from: text, to: size.csv}
END
status=0
"$WEIR" run mistakes.yaml 2>mistakes || status=$?
[ $status -eq 2 ] || fail "exit $status"
grep -q '^mistakes.yaml:3:3: .*step "unread" has no "to": expected the path of its output$' mistakes ||
    fail "$(cat mistakes)"
grep -q '^mistakes.yaml:4:3: .*or out-format binary to keep it' mistakes || fail "$(cat mistakes)"
weir run --dry-run --let "file=$PWD/many" kept.yaml >plan
grep -q 'merged: merge .* -> kept for other steps' plan || fail "$(cat plan)"
