# SPDX-License-Identifier: GPL-3.0-or-later
# Mistakes are told, and nothing is written then; nor when the n-th request for memory fails.
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n1,2,50,50,5000\n4,8,20,100,3000\n' >h.csv
expect_failure 2 "expected PATH" generate
expect_failure 2 "of at least 0" generate -s -1 h.csv
expect_failure 2 "seed" generate --seed x h.csv
expect_failure 2 "one of length, size" generate -x rate h.csv
expect_failure 2 "csv_flow, pipe, binary or none" generate -o nfcapd -O out h.csv
expect_failure 2 "binary writes a directory" generate -o binary h.csv
expect_failure 2 "unknown option" generate --filter-expr 'prot == 6' h.csv
expect_failure 2 "--seed has no effect with --cdf-table" generate --cdf-table --seed 2 -O out h.csv
expect_failure 2 "--out-format has no effect with --cdf-table" generate --cdf-table -o csv_flow -O out h.csv
expect_failure 2 "expected another file than the inputs" generate -O h.csv h.csv
expect_failure 1 "missing.csv" generate -O out missing.csv
expect_failure 1 "in bin 1,2 there are 5000 octets of 50 flows" generate -x size -O out h.csv
head -n 1 h.csv >none.csv
expect_failure 1 "expected a histogram of flows, but found none" generate -O out none.csv
expect_failure 1 "expected a histogram of flows, but found none" generate -s 0 -O out none.csv
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n1,2,5,50,5000\n' >wrong.csv
expect_failure 1 "wrong.csv: expected a histogram of length or size" generate -O out wrong.csv
# Of several files, the one that does not go with those before it.
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n40,48,5,9,230\n' >size.csv
expect_failure 1 "size.csv: expected a histogram of length, but in bin 40,48 there are 9 packets" generate -O out h.csv size.csv
expect_failure 1 "h.csv: expected a histogram of size, but in bin 1,2 there are" generate -O out size.csv h.csv h.csv
expect_failure 1 "h.csv: expected a histogram of size, but" generate -x size -O out size.csv h.csv
expect_failure 1 "wrong.csv: expected a histogram of length, but in bin 1,2" generate -O out h.csv wrong.csv
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n1,9223372036854775807,1,9223372036854775000,1\n' >large.csv
expect_failure 1 "2^62" generate -O out large.csv
mkdir model
expect_failure 1 "model/flows.json" generate -O out model
echo '[[1, "lognorm", [1, 0, 20]]]' >model/flows.json
expect_failure 1 "model/packets.json" generate -O out model
cp model/flows.json model/packets.json
cp model/flows.json model/octets.json
expect_failure 1 'packets.json: expected "sum"' generate -O out model
echo '{"sum": 500, "mix": [[1, "lognorm", [1, 0, 20]]]}' | tee model/packets.json >model/octets.json
expect_failure 2 "expected one model, but found 2" generate -O out model model
expect_failure 2 "--flows 0 writes out the bins of a histogram" generate -s 0 -O out model
expect_failure 2 "--compat has no effect on models" generate --compat -O out model
expect_failure 1 "h.csv/flows.json" generate -i mixture -O out h.csv
expect_failure 1 "h.csv" generate -i mixture --cdf-table -O out h.csv
expect_failure 1 "model" generate -i csv_hist -O out model
[ ! -e out ] || fail "there is an output"
weir generate -s 100 -O told -i mixture model
weir generate -s 100 -O found model
same told found

# One word of where numbers differ from flow-models', and none where they do not.
"$WEIR" generate -o none h.csv 2>&1 | grep -q 'note: .*--compat' || fail "no word of --compat"
"$WEIR" generate -o none --compat h.csv 2>stderr
! grep -q note stderr || fail "a needless note: $(cat stderr)"

mkdir classes
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n100,200,5,1,1\n' >classes/4.csv
cp model/flows.json classes/20.json
for arguments in "-s 9 h.csv" "-s 0 h.csv" "-s 9 model" "--cdf-table h.csv" \
    "-s 9 --arrivals poisson:1 --rates classes h.csv"; do
    # shellcheck disable=SC2086
    weir generate $arguments -O want
    failures=0
    for ((n = 0; n < 300; n++)); do
        status=0
        # shellcheck disable=SC2086
        WEIR_FAIL_ALLOC=$n "$WEIR" -q --threads 1 generate $arguments -O got 2>stderr || status=$?
        [ $status -ne 0 ] || break
        failures=$((failures + 1))
        [ $status -eq 1 ] || fail "request $n: exit $status: $(cat stderr)"
        grep -q '^weir: generate: .*memory' stderr || fail "request $n: $(cat stderr)"
        [ "$(wc -l <stderr)" -eq 1 ] || fail "request $n: $(cat stderr)"
        [ ! -e got ] || fail "request $n: there is an output"
    done
    [ "$failures" -ge 8 ] || fail "only $failures requests failed"
    same got want
    rm got
done
