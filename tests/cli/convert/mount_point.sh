# SPDX-License-Identifier: GPL-3.0-or-later
# A mount point as the output: its columns are replaced, the directory stays.

small=$WEIR_SOURCE/datasets/small
mkdir disk bound
if ! mount -t tmpfs -o size=16m weir-test disk 2>/dev/null; then
    echo "SKIPPED: a mount point needs leave to mount something"
    exit 77
fi
trap 'umount "$PWD/bound" 2>/dev/null || true; umount "$PWD/disk"; rm -rf "$PWD"' EXIT
weir convert "$small" -o binary -O whole
chmod 1750 disk
for round in first second; do
    weir convert "$small" -o binary -O disk
    diff -r whole disk || fail "the $round trace in the mount point differs"
done
[ "$(stat -c %a disk)" = 1750 ] || fail "the mode of the mount point changed"
cp -r whole fewer
rm fewer/prot.B
(cd disk && "$WEIR" convert -q ../fewer -o binary -O .) # a working directory stays the same as well
diff -r fewer disk || fail "a stale column stays"

# A failure leaves what is there, and nothing else.
expect_failure 1 "another divisor" convert --filter-expr 'octets // (octets - octets) > 1' whole \
    -o binary -O disk
diff -r fewer disk || fail "a failed conversion changed the trace"
weir convert "$small" -o binary -O disk/deep/er
expect_failure 1 "found deep in it" convert whole -o binary -O disk
rm -r disk/deep

# A bind mount is on the same file system as what is beside it.
mkdir disk/inner
mount --bind disk/inner bound
weir convert whole -o binary -O bound
diff -r whole bound || fail "the trace in a bind mount differs"

# What a killed process left in a mount point is no foreign file, and goes.
mkdir bound/.trace.weir-1-0.tmp
: >bound/.trace.weir-1-0.tmp/prot.B
weir convert fewer -o binary -O bound
diff -r fewer bound || fail "the trace differs, or something is left"
