# SPDX-License-Identifier: GPL-3.0-or-later
# Bounded memory: little for -b 12, and through scratch files where bins do not fit.
need_program python3
cat >make.py <<'END'
import array, os
n = 1500000
os.mkdir('trace')
octets = array.array('Q', ((i * 40507 % n) * 7919 + 70000 for i in range(n)))
packets = array.array('Q', (1 + i % 5 for i in range(n)))
octets.tofile(open('trace/octets.Q', 'wb'))
packets.tofile(open('trace/packets.Q', 'wb'))
END
python3 make.py
cat >peak.py <<'END'
import resource, subprocess, sys
subprocess.run(sys.argv[2:], check=True)
peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
assert peak_mb < float(sys.argv[1]), f'{peak_mb} MB: {sys.argv[2:]}'
END
mkdir scratch
weir hist --memory 2G -x size -b 0 -O large.csv trace
[ "$(wc -l <large.csv)" -eq 1500001 ] || fail "$(wc -l <large.csv) lines"
for threads in 1 2 7; do
    weir hist --memory 64M --scratch scratch --threads $threads -x size -b 0 -O small.csv trace
    same small.csv large.csv
    weir hist --memory 64M --scratch scratch --threads $threads -x size -b 0 trace >small.csv
    same small.csv large.csv
done
[ -z "$(ls -A scratch)" ] || fail "scratch files were left behind: $(ls -A scratch)"

# Sanitizers need memory of their own.
if "$WEIR" version --log json | grep -q '"sanitizers": ""'; then
    for x in length size; do
        python3 peak.py 100 "$WEIR" hist -q --threads 2 -x $x -b 12 -O out.csv trace
    done
    python3 peak.py 200 "$WEIR" hist -q --memory 64M --scratch scratch --threads 2 -x size \
        -O out.csv trace
fi

# The n-th request for memory fails, for every n: exit 1, one line, no output, or a good one.
echo "2, 6, 1, 2, 0, 0, 0, 9, 0, 0, 0, 1, 1024, 80, 1500000000, 1, 1500000001, 2, 3, 400, 0" >in.csv
weir hist -x rate -c rate -O want.csv in.csv
rm -f out.csv
failures=0
for ((n = 0; n < 500; n++)); do
    status=0
    WEIR_FAIL_ALLOC=$n "$WEIR" --threads 1 hist -x rate -c rate -O out.csv in.csv 2>stderr ||
        status=$?
    if [ $status -eq 0 ]; then
        same out.csv want.csv # a table that memory did not have was done without
        rm out.csv
        [ "$failures" -lt 15 ] || [ "$n" -lt 60 ] || break
        continue
    fi
    failures=$((failures + 1))
    [ $status -eq 1 ] || fail "request $n: exit $status: $(cat stderr)"
    grep -q '^weir: hist: .*memory' stderr || fail "request $n: $(cat stderr)"
    [ "$(wc -l <stderr)" -eq 1 ] || fail "request $n: $(cat stderr)"
    [ ! -e out.csv ] || fail "request $n: there is an output"
done
[ "$failures" -ge 15 ] || fail "only $failures requests failed"
