# SPDX-License-Identifier: GPL-3.0-or-later
# All or nothing: whatever goes wrong, an older output stays whole and nothing else appears.
line() { echo "2, 6, 0, 0, 0, 0, 0, $1, 0, 0, 0, 2, 80, 443, 100, 1, 200, 2, 3, $1, 0"; }
for i in $(seq 1 40000); do line "$i"; done >many.csv
(cat many.csv; echo "2, 6, 0"; cat many.csv) >bad.csv
echo old >out.csv
weir convert -o binary -O trace --count-in 5 many.csv
cp -r trace before

for threads in 1 2 7; do
    expect_failure 1 "bad.csv:40001: " convert --threads $threads -O out.csv bad.csv
    expect_failure 1 "bad.csv:40001: " convert --threads $threads -o binary -O trace bad.csv
    expect_failure 1 "standard input" convert --threads $threads -O out.csv - <<<"rubbish"
    expect_failure 1 "bad.csv:40001: " hist --threads $threads -O out.csv bad.csv
    # Records behind the last one that is asked for are not looked at.
    weir convert --threads $threads --count-in 40000 -O good.csv bad.csv
    same good.csv many.csv
    weir convert --threads $threads --count-out 40000 -O good.csv bad.csv
    same good.csv many.csv
done
[ "$(cat out.csv)" = old ] || fail "the older output was touched"
diff -r trace before || fail "the older trace was touched"
expect_failure 1 "absent" convert -O out.csv absent
expect_failure 1 "absent" convert -O out.csv many.csv absent

# A file that may not grow any more behaves as a full disk does.
(ulimit -f 100; expect_failure 1 "written" convert --no-sync -O out.csv many.csv)
(ulimit -f 100; expect_failure 1 "written" convert --no-sync -o binary -O trace many.csv)
[ "$(cat out.csv)" = old ] || fail "the older output was touched"
diff -r trace before || fail "the older trace was touched"
expect_failure 1 "No space left" convert -O /dev/full many.csv
status=0
"$WEIR" convert many.csv >/dev/full 2>stderr || status=$?
[ $status -eq 1 ] || fail "full disk on standard output: exit $status"

# Interrupts: exit 128 + signal, nothing left.
for signal in INT TERM; do
    mkfifo fifo
    "$WEIR" convert -i csv_flow -O out.csv fifo 2>stderr &
    pid=$!
    exec 9>fifo
    cat many.csv >&9
    sleep 0.3
    kill -$signal $pid
    status=0
    wait $pid || status=$?
    exec 9>&-
    rm fifo
    want=130
    [ $signal = INT ] || want=143
    [ $status -eq $want ] || fail "SIG$signal: exit $status: $(cat stderr)"
    [ "$(cat out.csv)" = old ] || fail "the older output was touched"
done
[ -z "$(find . -name '.*.tmp')" ] || fail "temporaries remain"
