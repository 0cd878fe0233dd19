# SPDX-License-Identifier: GPL-3.0-or-later
# Steps of a job: fits of histograms that other steps make, for every value of an axis, and of
# records in the scan that makes them.
need_reference trace-8000
cat >job.yaml <<END
input: $WEIR_REFERENCE/trace-8000/trace
output: out
steps:
  hists:
    matrix:
      proto: {all: "", tcp: prot==6}
      x: [length, size]
    hist: {x-value: \$x, bin-exp: 12, filter-expr: \$proto}
    to: hist/\$proto.key/\$x.csv
  models: {fit: {y: [flows, packets, octets], L: 3, iterations: 20}, from: hists, to: fit/\$proto.key/\$x}
  direct: {fit: {y: flows, L: 3, i: 20, x: size}, to: direct}
END
weir run job.yaml
for proto in all tcp; do
    for x in length size; do
        weir fit -y flows packets octets -L 3 -i 20 -O want out/hist/$proto/$x.csv
        for y in flows packets octets; do
            same out/fit/$proto/$x/$y.json want/$y.json
        done
    done
done
same out/direct/flows.json out/fit/all/size/flows.json
weir run job.yaml # outputs that are there are replaced
same out/direct/flows.json out/fit/all/size/flows.json

# A mixture is no input; a fit writes a directory.
sed 's/from: hists/from: direct/' job.yaml >wrong.yaml
expect_failure 2 '"direct" writes no flow records to read' run wrong.yaml
rm -r out/direct
touch out/direct
expect_failure 2 "is a file, but fit writes a directory here" run job.yaml
