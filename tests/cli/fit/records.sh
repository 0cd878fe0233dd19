# SPDX-License-Identifier: GPL-3.0-or-later
# From records in any format: the same mixtures as from their histogram.
need_reference trace-8000
here=$WEIR_REFERENCE/trace-8000
for x in length size; do
    weir hist -x $x -b 12 -O $x.csv "$here/trace"
    weir fit -i 30 -U 2 -L 3 -y flows octets -O want $x.csv
    for input in "$here/trace" "$here/trace.csv"; do
        weir fit -i 30 -U 2 -L 3 -y flows octets -x $x -O got "$input"
        for y in flows octets; do
            same got/$y.json want/$y.json
        done
    done
done
weir hist -b 0 --filter-expr 'prot == 6' -O tcp.csv "$here/trace"
weir fit -i 30 -L 3 -O want tcp.csv
weir fit -i 30 -L 3 -b 0 --filter-expr 'prot == 6' -O got - <"$here/trace.csv" -y flows
same got/flows.json want/flows.json
# Histograms of parts are added up.
weir hist -b 0 --shard 1/2 --filter-expr 'prot == 6' -O a.csv "$here/trace"
weir hist -b 0 --shard 2/2 --filter-expr 'prot == 6' -O b.csv "$here/trace"
weir fit -i 30 -L 3 -O got a.csv b.csv
same got/flows.json want/flows.json
