# SPDX-License-Identifier: GPL-3.0-or-later
# --dry-run prints the plan on standard output and touches nothing.
mkdir dumps
for i in 1 2 3; do
    echo "2, 6, 1, 2, 0, 0, 0, $i, 0, 0, 0, 1, 1, 80, 1500000000, 1, 1500000001, 2, 3, 400, 0" \
        >dumps/$i.csv
done
cat >job.yaml <<'END'
output: out
input: dumps/*.csv
steps:
  late: {hist: {x-value: size}, from: trace, to: late.csv}
  trace: {convert: {out-format: binary, count-in: 2}, to: trace}
  early: {hist: {b: 4, filter: "prot == 6"}, to: early.csv}
END
find . -type f | sort >before
cat >plan <<'END'
job job: 3 steps in 2 scans
scan 1 of 3 inputs: dumps/1.csv ... dumps/3.csv
  trace: convert --out-format binary --count-in 2 -> out/trace
  early: hist --bin-exp 4 --filter-expr 'prot == 6' -> out/early.csv
scan 2 of 1 input: out/trace
  late: hist --x-value size -> out/late.csv
END
weir run --dry-run job.yaml >../plan.$$ && mv ../plan.$$ got
same got plan
[ ! -s stderr ] || fail "something on stderr: $(cat stderr)"
find . -type f ! -name got ! -name plan ! -name stderr | sort >after
sed -i '/\.\/before/d; /\.\/after/d' before after
same before after
[ ! -e out ] || fail "the output directory was made"

# What the plan says is what happens.
weir run --no-manifest job.yaml
[ "$(cd out && find . -type f | grep -vc '^\./trace/')" -eq 2 ] || fail "$(find out)"
weir hist -b 4 --filter-expr "prot == 6" -O single.csv dumps/*.csv
same out/early.csv single.csv
weir convert --count-in 2 dumps/*.csv | weir hist -x size -O single.csv -
same out/late.csv single.csv
