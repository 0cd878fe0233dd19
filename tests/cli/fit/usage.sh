# SPDX-License-Identifier: GPL-3.0-or-later
# Mistakes are told before anything is written; what a fit cannot do is told too.
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n1,2,50,50,5000\n2,3,20,40,3000\n3,4,10,30,0\n10,12,5,52,9000\n' >h.csv
expect_failure 2 "expected components to start with" fit -O out h.csv
expect_failure 2 "expected either numbers of components or --initial" fit -L 1 --initial x -O out h.csv
expect_failure 2 "flows twice" fit -L 1 -y flows flows -O out h.csv
expect_failure 2 "expected up to 256 components" fit -L 200 -U 200 -O out h.csv
expect_failure 2 "filter-expr has no effect on histograms" fit -L 1 --filter-expr 'prot == 6' -O out h.csv
expect_failure 2 "x-value has no effect on histograms" fit -L 1 -x size -O out h.csv
expect_failure 1 "no sums of duration" fit -L 1 -y duration -O out h.csv
expect_failure 1 "no sums of duration" fit -L 1 -y flows duration -O out h.csv
expect_failure 1 "missing.json" fit --initial missing.json -O out h.csv
echo '[]' >empty.json
expect_failure 1 "empty.json" fit --initial empty.json -O out h.csv
echo '[[0.5, "lognorm", [1, 3, 2]]]' >loc.json
expect_failure 2 "begins at 0, but found loc 3" fit --initial loc.json -O out h.csv
head -n 1 h.csv >none.csv
expect_failure 1 "nothing to fit" fit -L 1 -O out none.csv
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n0,1,5,0,0\n1,2,3,3,120\n' >zero.csv
expect_failure 1 "a bin at 0" fit -L 1 -O out zero.csv
expect_failure 1 "all 0" fit -L 1 -y packets -O out - -i 1 --in-format csv_hist <<'END'
bin_lo,bin_hi,flows_sum,packets_sum,octets_sum
1,2,50,0,5000
END
[ ! -e out ] || fail "there is an output"

# Every kind, with Paretos from the smallest value on: finite, and weights that add up to 1.
need_program python3
weir fit -i 60 -U 1 -P 2 -L 1 -N 1 -G 1 -W 1 --pareto-form free -O all h.csv
weir fit -i 60 -P 1 -L 2 -O pareto h.csv
weir fit -i 60 -P 1 --mpw 0.125 -O capped h.csv
python3 - <<'END'
import json, math
def mix(path):
    mixture = json.load(open(path + '/flows.json'))
    assert mixture['sum'] == 85
    assert all(math.isfinite(v) for w, name, p in mixture['mix'] for v in [w] + p)
    return mixture['mix']
assert [c[1] for c in mix('all')] == ['uniform', 'genpareto', 'genpareto', 'lognorm', 'norm', 'gamma', 'weibull_min']
for path in 'all', 'pareto':
    assert abs(sum(c[0] for c in mix(path)) - 1) < 1e-9, path
weight, name, (xi, loc, scale) = mix('pareto')[0]
assert name == 'genpareto' and loc == 1 and abs(scale - xi * loc) < 1e-12 * scale
assert mix('capped')[0][0] == 0.125
END
# A collapsed component is kept, and told.
grep -q 'warning: flows: component 3 (lognorm) has collapsed to a weight of 4' <(cd . && "$WEIR" fit -i 60 -P 1 -L 2 -O pareto h.csv 2>&1) || fail "no word of a collapse"
# Files that are there are replaced; in a directory that cannot be, nothing is left.
touch file
expect_failure 1 "file" fit -L 1 -O file h.csv
weir fit -L 1 -O pareto h.csv
[ "$(find pareto | wc -l)" -eq 3 ] || fail "left behind: $(find pareto)"
