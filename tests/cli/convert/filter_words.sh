# SPDX-License-Identifier: GPL-3.0-or-later
# Filters with words, addresses and times take the records that filters of numbers take, from any
# format and on any number of threads; and a trace that lacks columns is told which.
files="$WEIR_SOURCE/datasets/small"
weir convert "$files" -o binary -O trace
# same_records WORDS NUMBERS
same_records() {
    local input threads
    weir convert trace -o csv_flow --filter-expr "$2" >want
    [ -s want ] || fail "no record of $2"
    [ "$(wc -l <want)" -lt "$(weir convert trace -o csv_flow | wc -l)" ] || fail "all records of $2"
    for input in trace "$files"; do
        for threads in 1 2 7; do
            weir convert "$input" -o csv_flow --threads $threads --filter-expr "$1" >got
            same want got
        done
    done
}
first=$(weir convert trace -o csv_flow | awk -F', *' '{print $15}' | sort -n | sed -n '500p')
time=$(date -u -d "@$first" +%Y-%m-%dT%H:%M:%S)
same_records 'proto == tcp and port in {80, 443}' \
    '(prot==6) & ((sp==80) | (sp==443) | (dp==80) | (dp==443))'
same_records "not first >= $time" "first < $first"
same_records "$time.000 <= first < $time.500" "(first == $first) & (first_ms < 500)"
same_records 'packets > 3 and octets // (packets - 3) > 200' \
    '(packets > 3) & (octets >= 201 * (packets - 3))'
same_records 'duration > 1000 and packets != 1' \
    '(packets != 1) & (last * 1000 + last_ms - first * 1000 - first_ms > 1000)'
word=$(weir convert trace -o csv_flow | awk -F', *' '$1 == 2 && n++ == 0 {print $8}')
address=$((word >> 24)).$((word >> 16 & 255)).$((word >> 8 & 255)).$((word & 255))
same_records "src == $address" "(sa3 == $word) & (af == 2)"
same_records "ip in $((word >> 24)).0.0.0/8" \
    "(af == 2) & ((sa3 >> 24 == $((word >> 24))) | (da3 >> 24 == $((word >> 24))))"

expect_failure 2 "column 8: expected no bits set behind the prefix" \
    convert trace -o none --filter-expr 'src in 10.0.0.1/8'
rm trace/af.* trace/sa0.*
expect_failure 1 "lacks a column that is needed: af, sa0" \
    convert trace -o none --filter-expr 'src in 10.0.0.0/8'
