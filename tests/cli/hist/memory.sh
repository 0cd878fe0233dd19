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
"$WEIR" version --log json | grep -q '"sanitizers": ""' || exit 0
for x in length size; do
    python3 peak.py 100 "$WEIR" hist -q --threads 2 -x $x -b 12 -O out.csv trace
done
python3 peak.py 200 "$WEIR" hist -q --memory 64M --scratch scratch --threads 2 -x size -O out.csv trace
