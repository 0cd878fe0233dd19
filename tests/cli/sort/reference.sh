# SPDX-License-Identifier: GPL-3.0-or-later
# The answers of flow-models, byte for byte: direct, staged, text, traces, any number of threads.
need_reference trace-8000/expected/sort
data=$WEIR_REFERENCE/trace-8000

# check EXPECTED ARGS...
check() {
    local want=$data/expected/sort/$1.csv threads input
    shift
    for threads in 1 2 7; do
        for input in "$data/trace" "$data/trace.csv"; do
            weir sort --threads $threads "$@" -o csv_flow -O out.csv "$input"
            same out.csv "$want"
            weir sort --threads $threads "$@" -O out "$input"
            weir convert -O out.csv out
            same out.csv "$want"
        done
    done
    WEIR_CPU=ref weir sort "$@" -o csv_flow "$data/trace" >out.csv
    same out.csv "$want"
    weir sort "$@" -o csv_flow - <"$data/trace.csv" >out.csv
    same out.csv "$want"
    # What is sorted already is copied. (--reverse would turn equal records around again.)
    [ "$1" = --reverse ] || weir sort "$@" -O again out
    [ "$1" = --reverse ] || diff -r out again
}
check first -k first,first_ms
check first-reverse --reverse -k first,first_ms
check addresses -k sa3 -k sa3,da3,sp,dp,first
check octets --key octets
check prot-packets-reverse --reverse --key-fields prot,packets

weir sort -k first first_ms -o csv_flow -O words.csv "$data/trace"
same words.csv "$data/expected/sort/first.csv"
weir convert -o csv_flow --filter-expr 'prot == tcp' "$data/expected/sort/octets.csv" >want.csv
weir sort -k octets --filter-expr 'prot == tcp' -o csv_flow "$data/trace" >got.csv
same got.csv want.csv

cat >job.yaml <<END
job: sorting
output: made
input: $data/trace
steps:
  sorted: {sort: {key: [first, first_ms]}, to: sorted}
  text: {convert: {}, from: sorted, to: first.csv}
END
weir run job.yaml
same made/first.csv "$data/expected/sort/first.csv"
