# SPDX-License-Identifier: GPL-3.0-or-later
# Standard output that is closed, full, or read by nobody: an error, never silence or a signal.
closed() {
    local text=$1 status=0
    shift
    "$WEIR" "$@" >&- 2>stderr || status=$?
    [ $status -eq 1 ] || fail "weir $* with stdout closed: exit $status"
    grep -qF "$text" stderr || fail "weir $* with stdout closed: $(cat stderr)"
}
closed 'weir: version: standard output: Bad file descriptor' version
closed 'weir: standard output: Bad file descriptor' help
status=0
"$WEIR" version >/dev/full 2>stderr || status=$?
[ $status -eq 1 ] || fail "full disk: exit $status"
grep -qx 'weir: version: standard output: No space left on device' stderr || fail "$(cat stderr)"

# The reader is gone before the first byte comes.
mkfifo pipe
sleep 10 <pipe &
reader=$!
exec 9>pipe
kill $reader
wait $reader 2>/dev/null || true
status=0
"$WEIR" version >&9 2>stderr || status=$?
exec 9>&-
[ $status -eq 1 ] || fail "no reader: exit $status"
grep -qx 'weir: version: standard output: Broken pipe' stderr || fail "$(cat stderr)"

# Flow records go another way than help.
for ((i = 0; i < 20000; i++)); do
    echo "2, 6, 1, 2, 0, 0, 0, $i, 0, 0, 0, 1, 1024, 80, 1500000000, 1, 1500000001, 2, 3, 400, 0"
done >in.csv
closed 'weir: convert: ' convert in.csv
status=0
"$WEIR" convert in.csv >/dev/full 2>stderr || status=$?
[ $status -eq 1 ] || fail "convert to a full disk: exit $status"
grep -q 'No space left on device' stderr || fail "$(cat stderr)"
set +o pipefail
("$WEIR" convert in.csv 2>stderr || echo $? >status) | head -n 1 >first
set -o pipefail
[ "$(cat status)" -eq 1 ] || fail "convert | head: exit $(cat status)"
grep -q 'Broken pipe' stderr || fail "convert | head: $(cat stderr)"
same first <(head -n 1 in.csv)
"$WEIR" version <&- >/dev/null 2>&- || fail "with stdin and stderr closed"
