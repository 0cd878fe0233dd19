# SPDX-License-Identifier: GPL-3.0-or-later
# A trace that is cut short while it is read: one line that names the file, exit 1, nothing left.
mkdir trace
for column in af.B:1 prot.B:1 inif.H:2 outif.H:2 sa0.I:4 sa1.I:4 sa2.I:4 sa3.I:4 da0.I:4 da1.I:4 \
    da2.I:4 da3.I:4 sp.H:2 dp.H:2 first.I:4 first_ms.H:2 last.I:4 last_ms.H:2 packets.Q:8 \
    octets.Q:8 aggs.I:4; do
    truncate -s $((4000000 * ${column#*:})) "trace/${column%:*}" # holes: zeros that cost nothing
done
mkfifo pipe
status_file=$PWD/status
("$WEIR" --threads 2 convert trace -O pipe 2>stderr || echo $? >"$status_file") &
exec 8<pipe
head -c 100000 <&8 >start
truncate -s 0 trace/*
cat <&8 >/dev/null
exec 8<&-
wait
[ "$(cat status)" = 1 ] || fail "exit $(cat status)"
grep -qE '^weir: trace/[a-z0-9_]+\.[BHIQ]: shrank while it was being read$' stderr || fail "$(cat stderr)"
[ "$(grep -vcF "this build has no OpenMP" stderr)" -eq 1 ] || fail "more than one line: $(cat stderr)"
