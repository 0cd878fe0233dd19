# SPDX-License-Identifier: GPL-3.0-or-later
# Steps that read what others wrote, run again over their own outputs, at several thread counts.
need_reference trace-8000
mkdir jobs
cat >jobs/chain.yaml <<'END'
let: {data: nowhere}
output: ../result
input: $data
steps:
  split:
    matrix: {proto: {tcp: prot==6, udp: prot==17}}
    convert: {out-format: binary, filter-expr: $proto}
    to: traces/$proto.key
  hists: {hist: {x: length, b: 12}, from: split, to: hists/$proto.key.csv}
  both:  {hist: {x: length, b: 12}, from: split, to: hists/both.csv}
END
data=$WEIR_REFERENCE/trace-8000
for threads in 1 2 7; do
    weir run --threads $threads --let "data=$data/trace" jobs/chain.yaml # in place of the last run
    same result/hists/tcp.csv "$data/expected/hist/length-b12-tcp.csv"
    weir hist -x length -b 12 --filter-expr "prot==6" -O tcp.csv "$data/trace"
    weir hist -x length -b 12 --filter-expr "(prot==6) | (prot==17)" -O both.csv "$data/trace"
    same result/hists/tcp.csv tcp.csv
    same result/hists/both.csv both.csv
done
[ "$(ls result/traces)" = "$(printf 'tcp\nudp')" ] || fail "$(ls result/traces)"

# From another directory, and through an absolute path.
(cd jobs && weir run -q --let "data=$data/trace.csv" chain.yaml)
same result/hists/both.csv both.csv
(cd / && "$WEIR" run -q --let "data=$data/trace.csv" -O "$OLDPWD/elsewhere" "$OLDPWD/jobs/chain.yaml")
same elsewhere/hists/both.csv both.csv
