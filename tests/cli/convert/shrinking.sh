# SPDX-License-Identifier: GPL-3.0-or-later
# A mapped column that shrinks while it is read ends in an error that names it, not in a crash.
mkdir trace
truncate -s 12G trace/packets.Q trace/octets.Q
status=0
"$WEIR" hist -O out.csv trace 2>stderr &
pid=$!
sleep 0.3
truncate -s 8 trace/packets.Q
wait $pid || status=$?
[ $status -eq 1 ] || fail "exit $status: $(cat stderr)"
grep -q "trace/packets.Q" stderr || fail "the file is not named: $(cat stderr)"
[ ! -e out.csv ] || fail "an output appeared"
