# SPDX-License-Identifier: GPL-3.0-or-later
# Steps that share a pass keep their own filters and slices; what one cannot write is named by step.
for ((i = 1; i <= 9000; i++)); do
    echo "2, $((i % 3 * 5 + 6)), 0, 0, 0, 0, 0, $i, 0, 0, 0, 2, 80, 443, 100, 1, 200, 2, $i, $((i * 40)), 0"
done >in.csv
cat >job.yaml <<'END'
output: out
input: in.csv
steps:
  a: {hist: {b: 12}, to: a}
  b: {hist: {b: 12, filter: prot==6}, to: b}
  c: {hist: {b: 12, filter: prot==6, skip-in: 5000}, to: c}
  d: {hist: {b: 12, filter: prot==6, skip-in: 5000, count-in: 7}, to: d}
  e: {hist: {b: 12, filter: prot==6, skip-out: 2000}, to: e}
  f: {hist: {x: size, filter: prot==6, count-out: 2000}, to: f}
  g: {convert: {filter: prot==6, count-out: 2000}, to: g}
  h: {convert: {filter: prot==11, count-out: 2000}, to: h}
  i: {convert: {out-format: binary, skip-in: 5000, count-in: 7}, to: i}
  j: {hist: {b: 12, filter: "prot == 6", count-in: 0}, to: j}
END
for threads in 1 2 7; do
    rm -rf out
    weir run --no-manifest --threads $threads job.yaml
    [ "$(grep -c ", shared scan," stderr)" -eq 9 ] || fail "not one scan: $(cat stderr)"
    mkdir -p want
    weir hist -b 12 -O want/a in.csv
    weir hist -b 12 --filter prot==6 -O want/b in.csv
    weir hist -b 12 --filter prot==6 --skip-in 5000 -O want/c in.csv
    weir hist -b 12 --filter prot==6 --skip-in 5000 --count-in 7 -O want/d in.csv
    weir hist -b 12 --filter prot==6 --skip-out 2000 -O want/e in.csv
    weir hist -x size --filter prot==6 --count-out 2000 -O want/f in.csv
    weir convert --filter prot==6 --count-out 2000 -O want/g in.csv
    weir convert --filter prot==11 --count-out 2000 -O want/h in.csv
    weir convert -o binary --skip-in 5000 --count-in 7 -O want/i in.csv
    weir hist -b 12 --count-in 0 -O want/j in.csv
    diff -r want out || fail "$threads threads"
done
awk -F', ' '$2 == 6 && n++ < 2000' in.csv | same - out/g
[ "$(tail -n +2 out/d | awk -F, '{ n += $3 } END { print n }')" -eq 3 ] || fail "$(cat out/d)"

# Inputs that are read in another way are no shared pass.
(head -n 100 in.csv; echo rubbish) >bad.csv
printf 'input: bad.csv\nsteps:\n  lax: {hist: {rejects: bad.txt}, to: b}\n  strict: {hist: {}, to: a}\n' >two.yaml
expect_failure 1 "bad.csv:101: " run --output lost two.yaml
[ ! -e lost/a ] || fail "an output of a failed step"

cat >full.yaml <<'END'
input: in.csv
steps:
  small: {hist: {b: 4}, to: small}
  large: {hist: {x: size}, to: large}
END
for threads in 1 3; do
    (ulimit -f 50; expect_failure 1 "step large: part/large: " run --threads $threads --no-sync \
        --output part full.yaml)
    [ ! -e part/large ] || fail "an output that could not be written"
done
