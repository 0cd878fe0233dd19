# SPDX-License-Identifier: GPL-3.0-or-later
# The published mixtures come out of the published histograms, by the parameters of their .mode.
need_reference published/mixtures
need_program python3
cat >compare.py <<'END'
import json, sys
worst, y, published = 0.0, sys.argv[1], sys.argv[2]
want, got = (json.load(open(path)) for path in (published + '.json', f'out/{y}.json'))
assert want['sum'] == got['sum'], (want['sum'], got['sum'])
assert [c[1] for c in want['mix']] == [c[1] for c in got['mix']]
for a, b in zip(want['mix'], got['mix']):
    assert len(a[2]) == len(b[2])
    for p, q in zip([a[0]] + a[2], [b[0]] + b[2]):
        worst = max(worst, abs(q / p - 1) if p else abs(q))
assert worst < 1e-9, worst
want, got = (json.load(open(path)) for path in (published + '.mode', f'out/{y}.mode'))
del want['in_file'], got['in_file']
assert want == got, (want, got)
print(worst)
END
options() {
    python3 -c 'import json, sys
mode = json.load(open(sys.argv[1]))
print("-i", mode["max_iter"], *(f"-{k}{n}" for k, n in mode["initial"].items()))' "$1"
}
n=0
for proto in all tcp udp; do
    for x in length size; do
        hist=$WEIR_REFERENCE/published/histograms/$proto/$x.csv
        for y in flows packets octets; do
            published=$WEIR_REFERENCE/published/mixtures/$proto/$x/$y
            # shellcheck disable=SC2046
            weir fit $(options "$published.mode") -y $y -O out "$hist"
            python3 compare.py $y "$published" >>deviations || fail "$proto/$x/$y"
            n=$((n + 1))
        done
    done
done
[ $n -eq 18 ] || fail "$n fits"
echo "largest deviation of 18: $(sort -g deviations | tail -n 1)"

# Several y at once, other threads and the start from a file give the same bytes.
hist=$WEIR_REFERENCE/published/histograms/udp/length.csv
weir fit -i 50 -U 4 -L 9 -y flows packets octets --threads 1 -O one "$hist"
weir fit -i 50 -U 4 -L 9 -y flows,packets,octets --threads 7 -O seven "$hist"
diff -r one seven
for y in flows packets octets; do
    weir fit -i 50 -U 4 -L 9 -y $y -O single "$hist"
done
diff -r one single
weir fit -i 0 -U 4 -L 9 -O start "$hist"
python3 -c 'import json; json.dump(json.load(open("start/flows.json"))["mix"], open("list.json", "w"))'
for start in start/flows.json list.json; do
    weir fit -i 50 --initial $start -O again "$hist"
    same again/flows.json one/flows.json
done
