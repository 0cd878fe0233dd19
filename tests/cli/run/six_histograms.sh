# SPDX-License-Identifier: GPL-3.0-or-later
# Six histograms in a job: one pass over the flow files, one over the trace.
job=$WEIR_SOURCE/datasets/histograms.yaml
weir run --no-manifest --output out "$job"
[ "$(grep -c ", 1 scan," stderr)" -eq 2 ] || fail "not two scans: $(cat stderr)"
[ "$(find out/histograms -name '*.csv' | wc -l)" -eq 6 ] || fail "$(find out)"
weir hist -x size -b 12 --filter-expr 'prot==17' -O single.csv "$WEIR_SOURCE"/datasets/small/nfcapd.2025*
same out/histograms/udp/size.csv single.csv
for threads in 1 2 7; do
    weir run --no-manifest --threads $threads -q --output out-$threads "$job"
    diff -r out out-$threads || fail "$threads threads give other outputs"
done
