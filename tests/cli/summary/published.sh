# SPDX-License-Identifier: GPL-3.0-or-later
# --compat gives the published tables byte for byte, and says nothing; the default says once what it
# does otherwise. Totals and averages are the published ones either way.
need_reference published/summary
for name in all/length tcp/length udp/length udp/size; do
    hist=$WEIR_REFERENCE/published/histograms/${name}_b0.csv
    want=$WEIR_REFERENCE/published/summary/$name.tex
    weir summary --compat "$hist" >got.tex
    same got.tex "$want"
    [ "$(wc -l <stderr)" -eq 1 ] || fail "--compat: $(cat stderr)"
    weir summary --compat -x "${name#*/}" -O out/got.tex "$hist"
    same out/got.tex "$want"
    weir summary "$hist" >got.tex
    [ "$(grep -c 'note: shares differ .* --compat' stderr)" -eq 1 ] || fail "$(cat stderr)"
    grep -q 'nan' got.tex && fail "$name: nan beyond the last bin"
    sed '/^[0-9]/d; /Average flow size/d' got.tex >got
    sed '/^[0-9]/d' "$want" | same - got
    grep -q '^\\textbf{Average flow size} & [0-9]*\.[0-9]\{6\} & bytes \\\\$' got.tex || fail "$name: no average size"
    weir summary "$WEIR_REFERENCE/published/histograms/$name.csv" >wide.tex # bins of exponent 12
    grep -q "Flows of ${name#*/} up to" wide.tex || fail "$name: x was not found out"
    [ "$(grep -c '^[0-9]* &' wide.tex)" -eq 25 ] || fail "$name: $(cat wide.tex)"
done
