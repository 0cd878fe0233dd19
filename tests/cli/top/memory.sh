# SPDX-License-Identifier: GPL-3.0-or-later
# Bounded memory: millions of keys through scratch files, with the same bytes.
need_program python3
cat >make.py <<'END'
import array, os
n = 2000000
os.mkdir('trace')
keys = array.array('I', ((i * 40507 % n) * 1999 % 2**32 for i in range(n)))
columns = {'sa3.I': keys, 'da3.I': array.array('I', keys[::-1]),
           'octets.Q': array.array('Q', (i * 7919 % 1000003 for i in range(n))),
           'packets.Q': array.array('Q', (1 + i % 5 for i in range(n)))}
for name, values in columns.items():
    values.tofile(open('trace/' + name, 'wb'))
END
python3 make.py
cat >peak.py <<'END'
import resource, subprocess, sys
subprocess.run(sys.argv[2:], check=True)
peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
assert peak_mb < float(sys.argv[1]), f'{peak_mb} MB: {sys.argv[2:]}'
END
mkdir scratch
weir top --memory 2G --by sa3,da3 -n 20000 -o csv -O large.csv trace
[ "$(wc -l <large.csv)" -eq 20001 ] || fail "$(wc -l <large.csv) lines"
for threads in 1 2 7; do
    weir top --memory 64M --scratch scratch --threads $threads --by sa3,da3 -n 20000 -o csv \
        -O small.csv trace
    same small.csv large.csv
done
weir top --memory 64M --scratch scratch --by sa3 -o json trace | grep -q '"n_keys": 2000000,' ||
    fail "number of keys"
[ -z "$(ls -A scratch)" ] || fail "scratch files were left behind: $(ls -A scratch)"
expect_failure 1 "making a scratch file" top --memory 64M --scratch /proc --by sa3,da3 trace
expect_failure 1 "memory" top --memory 64M --scratch scratch --by sa3,da3 -n 2000000 trace

# Sanitizers need memory of their own; mapped columns are not counted.
if "$WEIR" version --log json | grep -q '"sanitizers": ""'; then
    python3 peak.py 150 "$WEIR" top -q --memory 64M --scratch scratch --threads 2 --by sa3,da3 \
        -O out trace
fi

# The n-th request for memory fails, for every n: exit 1, one line, no output, or a good one.
echo "2, 6, 1, 2, 0, 0, 0, 9, 0, 0, 0, 1, 1024, 80, 1500000000, 1, 1500000001, 2, 3, 400, 0" >in.csv
rm -f out
for format in text json; do
    weir top --by da/24,prot -o $format -O want in.csv
    failures=0
    for ((n = 0; n < 100; n++)); do
        status=0
        WEIR_FAIL_ALLOC=$n "$WEIR" --threads 1 top --by da/24,prot -o $format -O out in.csv \
            2>stderr || status=$?
        if [ $status -eq 0 ]; then
            same out want
            rm out
            continue
        fi
        failures=$((failures + 1))
        [ $status -eq 1 ] || fail "request $n: exit $status: $(cat stderr)"
        grep -q '^weir: top: .*memory' stderr || fail "request $n: $(cat stderr)"
        [ "$(wc -l <stderr)" -eq 1 ] || fail "request $n: $(cat stderr)"
        [ ! -e out ] || fail "request $n: there is an output"
    done
    [ $failures -ge 15 ] || fail "only $failures failures"
done
