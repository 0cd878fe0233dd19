# SPDX-License-Identifier: GPL-3.0-or-later
# A job that is killed does not begin again: what was done before is in the manifest.
mkfifo first second
line='2, 6, 1, 2, 0, 0, 0, 9, 0, 0, 0, 1, 1024, 80, 1500000000, 1, 1500000001, 2, 3, 400, 0'
cat >job.yaml <<'END'
output: out
steps:
  one: {hist: , input: {path: first, in-format: csv_flow}, to: one.csv}
  two: {hist: , input: {path: second, in-format: csv_flow}, to: two.csv}
END
"$WEIR" -q run job.yaml &
exec 3>first
echo "$line" >&3
sleep 2.2 # so much work is worth a manifest
exec 3>&-
exec 4>second # opens when the second step begins
kill -KILL $!
wait $! 2>/dev/null && fail "it was not killed"
grep -q '"step": "one"' out/manifest.json || fail "$(cat out/manifest.json)"
grep -q '"step": "two"' out/manifest.json && fail "a step that was not done: $(cat out/manifest.json)"
rm out/.two.csv.*.tmp
[ -s out/one.csv ] && [ ! -e out/two.csv ] || fail "$(ls -A out)"
