# SPDX-License-Identifier: GPL-3.0-or-later
# Conversions of the reference trace equal flow-models' answers, byte for byte, at any thread count.
need_reference trace-8000
ref=$WEIR_REFERENCE/trace-8000

for threads in 1 2 7; do
    for input in trace trace.csv trace.pipe; do
        rm -rf out.csv out
        weir convert --threads $threads -O out.csv "$ref/$input"
        same out.csv "$ref/trace.csv"
        weir convert --threads $threads -o binary -O out "$ref/$input"
        diff -r out "$ref/trace" || fail "$input to binary differs"
        weir convert --threads $threads "$ref/$input" >stdout.csv
        same stdout.csv "$ref/trace.csv"
        weir convert --threads $threads --filter-expr '(prot==6) & ((sp==443) | (dp==443))' \
            -O https.csv "$ref/$input"
        same https.csv "$ref/expected/convert/https.csv"
        weir convert --threads $threads --skip-in 7 --count-in 1000 --skip-out 3 --count-out 100 \
            --filter-expr prot==17 -O cut.csv "$ref/$input"
        same cut.csv "$ref/expected/convert/cut-udp.csv"
    done
    weir convert --threads $threads -i pipe --count-in 3000 "$ref/trace.pipe" >pipe.csv
    same pipe.csv "$ref/expected/convert/pipe-3000.csv"
done
