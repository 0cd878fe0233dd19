# SPDX-License-Identifier: GPL-3.0-or-later
# Data whose packets are all multiples of one number bring one warning, the same on any number of
# threads; Python's gcd is the oracle.
need_program python3
cat >make.py <<'PYTHON'
import functools, math, random, sys
name, n, factor, odd = sys.argv[1], *map(int, sys.argv[2:])
rng = random.Random(n)
packets = [factor * rng.randrange(0, 50) for _ in range(n)]
if odd:
    packets[-1] += 1
with open(name, "w") as out:
    for i, p in enumerate(packets):
        out.write("2, %d, 0, 0, 0, 0, 0, %d, 0, 0, 0, 2, 80, 443, 100, 1, 200, 2, %d, %d, 0\n"
                  % (rng.choice((6, 17)), i, p, 40 * p))
print(functools.reduce(math.gcd, packets))
PYTHON
[ "$(python3 make.py sampled.csv 50000 4096 0)" -eq 4096 ] || fail "the data"
[ "$(python3 make.py odd.csv 50000 4096 1)" -eq 1 ] || fail "the data"
[ "$(python3 make.py few.csv 999 30 0)" -eq 30 ] || fail "the data"
[ "$(python3 make.py enough.csv 1000 30 0)" -eq 30 ] || fail "the data"
[ "$(python3 make.py zero.csv 5000 0 0)" -eq 0 ] || fail "the data"

# expect_warning TEXT ARGS...: the only warning of weir ARGS must contain TEXT; "": there is none.
# (A build without OpenMP warns of --threads as well.)
expect_warning() {
    local text=$1 n=1
    shift
    [ -n "$text" ] || n=0
    weir "$@" >/dev/null
    [ "$(grep '^weir: warning:' stderr | grep -vc 'warning: --threads')" -eq $n ] || fail "weir $*: $(cat stderr)"
    grep -qF -- "$text" stderr || fail "weir $*: no \"$text\" in: $(cat stderr)"
}

all="the packets of all 50000 records are multiples of 4096: they look sampled"
weir convert -o binary -O trace sampled.csv
weir convert --log json -o none sampled.csv
python3 - "$all" <<'END'
import json, sys
lines = [json.loads(line) for line in open("stderr")]
assert [l["message"].startswith(sys.argv[1]) for l in lines if l.get("level") == "warning"] == [True], lines
END
for threads in 1 2 7; do
    expect_warning "$all" hist --threads $threads -b 4 sampled.csv
    expect_warning "$all" hist --threads $threads -b 4 -x rate trace
    expect_warning "$all" convert --threads $threads trace
    expect_warning "$all" convert --threads $threads -o binary -O again sampled.csv
    expect_warning "are multiples of 4096" hist --threads $threads --filter-expr 'prot == 6' trace
    expect_warning "of all 5000 records" hist --threads $threads --skip-out 7 --count-out 5000 trace
    expect_warning "multiples of 2: " hist --threads $threads sampled.csv enough.csv
    expect_warning "" hist --threads $threads -b 4 odd.csv
    expect_warning "" convert --threads $threads sampled.csv odd.csv
    expect_warning "" hist --threads $threads few.csv
    expect_warning "multiples of 30: " hist --threads $threads enough.csv
    expect_warning "" hist --threads $threads zero.csv
    # Who chooses by packets gets multiples of what he chose.
    expect_warning "" hist --threads $threads --filter-expr 'packets % 2 == 0' odd.csv
    expect_warning "" top --threads $threads sampled.csv
done
weir info sampled.csv enough.csv >info
[ "$(grep -c 'sampled 1 in *\(4096\|30\|2\)$' info)" -eq 3 ] || fail "$(cat info)"

cat >job.yaml <<'END'
output: out
input: trace
steps:
  hists:
    matrix: {proto: {all: "", tcp: prot==6, udp: prot==17}, x: [length, size]}
    hist: {x: $x, b: 4, filter-expr: $proto}
    to: $proto.key/$x.csv
  text: {convert: {}, to: text.csv}
END
expect_warning "$all" run job.yaml

# Nothing is said when nothing was made of the data, nor where nothing is known of packets.
head -c 20 sampled.csv >>sampled.csv
expect_failure 1 "sampled.csv:50001: " hist sampled.csv
! grep -q warning stderr || fail "$(cat stderr)"
rm -r again
mkdir columns
cp trace/prot.B columns
expect_warning "" convert -o binary -O again columns
