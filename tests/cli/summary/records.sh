# SPDX-License-Identifier: GPL-3.0-or-later
# From records in any format, and as a step of a job: the same summary as from their exact histogram.
need_reference trace-8000
here=$WEIR_REFERENCE/trace-8000
for x in length size duration rate; do
    weir hist -x $x -b 0 -c duration -c rate -O h.csv "$here/trace"
    weir summary -o text --title t --quantiles 0.1 0.9 -- h.csv >want
    grep -q "^Flows of $x up to" want || fail "$x is taken for another one: $(cat want)"
    for input in "$here/trace" "$here/trace.csv"; do
        weir summary -x $x -c rate -c duration -o text --title t --quantiles 0.1 0.9 -O got "$input"
        same got want
    done
done
weir hist -b 0 --filter-expr 'prot == 6' -O tcp.csv "$here/trace"
weir summary tcp.csv >want.tex
weir summary --filter-expr 'prot == 6' - <"$here/trace.csv" >got.tex
same got.tex want.tex
weir summary -i csv_hist - <tcp.csv >got.tex
same got.tex want.tex
weir summary --shard 1/2 -o text --title all "$here/trace" >/dev/null
# Several inputs of records are one histogram.
weir summary "$here/trace" "$here/trace" >got.tex
grep -qF '\textbf{Number of flows} & 16 000 & flows' got.tex || fail "$(cat got.tex)"

cat >job.yaml <<END_OF_FILE
input: $here/trace
output: out
steps:
  hists:
    matrix:
      proto: {all: "", tcp: prot==6}
      x: [length, size]
    hist: {x-value: \$x, filter-expr: \$proto}
    to: hist/\$proto.key/\$x.csv
  beside:
    matrix: {x: [length, size]}
    summary: {title: [all, tcp], quantiles: [0.5, 0.9]}
    from: hists
    to: \$x.tex
  each: {summary: {o: json}, from: hists, to: \$proto.key/\$x.json}
  direct: {summary: {x: size, title: [8000], compat: true}, to: direct.tex}
END_OF_FILE
weir run job.yaml
for x in length size; do
    for proto in all tcp; do
        weir summary -o json out/hist/$proto/$x.csv >got
        sed 's/"title": .*/"title"/' got >want
        sed 's/"title": .*/"title"/' out/$proto/$x.json | same - want
    done
    weir summary --title all --title tcp --quantiles 0.5 0.9 -O want.tex out/hist/all/$x.csv out/hist/tcp/$x.csv
    same out/$x.tex want.tex
done
weir summary --compat --title 8000 out/hist/all/size.csv >want.tex
same out/direct.tex want.tex
cp out/direct.tex before.tex
weir run job.yaml # outputs that are there are replaced
same out/direct.tex before.tex

# A summary is no input.
sed "s/from: hists, to: .proto/from: beside, to: \$proto/" job.yaml >wrong.yaml
expect_failure 2 '"beside" writes no flow records to read' run wrong.yaml
