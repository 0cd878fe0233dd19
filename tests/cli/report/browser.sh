# SPDX-License-Identifier: GPL-3.0-or-later
# A page in headless Chromium: plots, zoom, values, switches, keys, narrow windows, paper; no error
# and no request (tests/page/browser.js).
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$chromium" ]; then
    echo "SKIPPED: no program chromium"
    exit 77
fi
need_page_modules
for x in length size; do
    weir hist -x $x -b 12 -O out/$x.csv "$WEIR_SOURCE/datasets/small"
done
weir fit -U 2 -L 3 -i 30 --method binned -y flows packets octets --report json -O out/models/length out/length.csv
weir fit -L 4 -i 30 -y flows packets octets -O out/other/length out/length.csv
weir fit -L 3 -i 30 -y flows packets octets -O out/models/size out/size.csv
cp out/models/size/flows.json out/packets.json
cat >out/manifest.json <<'END'
{"job": "j", "steps": [{"step": "s", "command": "hist", "options": ["--title", "</code><script>alert(1)</script>"]}]}
END
weir report --title "</script><script>alert(1)</script> one & all" out -O page.html
mkdir odd
head='bin_lo,bin_hi,flows_sum,packets_sum,octets_sum'
printf '%s\n' "$head" >odd/empty.csv
printf '%s\n5,6,3,15,900\n' "$head" >odd/one.csv
printf '%s,duration_sum\n0,1,7,7,700,0\n' "$head" >odd/zero.csv
printf '%s\n1,2,2,7,150\n64,128,1,1,127\n' "$head" >odd/strange.csv
printf '%s\n1,2,7,0,0\n' "$head" >odd/nothing.csv
printf '[[1, "uniform", [0, 9]], [0.5, "gamma", [2, 0, 9]], [1e-40, "norm", [1, 1]]]' >odd/flows.json
cp odd/flows.json odd/octets.json
printf '{"in_file": "one.csv"}' >odd/flows.mode
printf '{"in_file": "zero.csv"}' >odd/octets.mode
printf '{"components": [{}, {"parameter_errors": []}], "iterations": null, "converged": true}' >odd/flows.report.json
printf '{}' >odd/manifest.json
weir report odd -O odd.html
[ "$(wc -c <page.html)" -lt 1000000 ] || fail "a page of $(wc -c <page.html) bytes"
cp "$WEIR_SOURCE/tests/page/browser.js" modules/
timeout 120 node modules/browser.js "$chromium" page.html odd.html || fail "in the browser"
