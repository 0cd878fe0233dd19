# SPDX-License-Identifier: GPL-3.0-or-later
# Whatever fails leaves input and earlier output whole: requests for memory, full disks, signals.
need_program python3
cat >make.py <<'END'
import array, os, random, sys
n, path = int(sys.argv[1]), sys.argv[2]
rng = random.Random(n)
os.mkdir(path)
for name in 'sp.H', 'octets.Q', 'packets.Q', 'first.I':
    a = array.array(name[-1])
    a.frombytes(rng.randbytes(n * a.itemsize))
    a.tofile(open(f'{path}/{name}', 'wb'))
END
python3 make.py 3000 trace
cp -r trace kept
weir sort -k octets -O want trace
for mode in "trace" "--filter-expr sp>=0 trace" "-I idx trace"; do
    failures=0
    for ((n = 0; n < 120; n++)); do
        rm -rf idx.* out
        mkdir out
        printf 'old' >out/prot.B
        status=0
        # shellcheck disable=SC2086
        WEIR_FAIL_ALLOC=$n "$WEIR" --threads 1 sort -k octets -O out $mode 2>stderr || status=$?
        diff -r trace kept
        if [ $status -eq 0 ]; then
            diff -r out want
            continue
        fi
        failures=$((failures + 1))
        [ $status -eq 1 ] || fail "request $n: exit $status: $(cat stderr)"
        grep -q '^weir: sort: .*memory' stderr || fail "request $n: $(cat stderr)"
        [ "$(wc -l <stderr)" -eq 1 ] || fail "request $n: $(cat stderr)"
        [ "$(cat out/*)" = old ] || fail "request $n: the output has changed"
    done
    [ $failures -ge 10 ] || fail "$mode: only $failures failures"
done

# Killed at any moment, sorting in place leaves the old or the new trace, and the next sort the new
# one, with nothing beside it.
python3 make.py 400000 large
weir sort -k octets -O sorted large
cp -r large copy
started=$(date +%s%N)
"$WEIR" -q sort --no-sync -k octets -O copy copy
# Moments from the start to twice the time that a sort takes here: some come after its end.
longest_ms=$((($(date +%s%N) - started) / 500000 + 20))
n_old=0 n_new=0
for ((i = 0; i < 50; i++)); do
    rm -rf copy
    cp -r large copy
    "$WEIR" -q sort --no-sync -k octets -O copy copy &
    sleep "$(printf '%d.%03d' $((i * longest_ms / 49 / 1000)) $((i * longest_ms / 49 % 1000)))"
    kill -9 $! 2>/dev/null || true
    { wait $!; } 2>/dev/null || true
    if diff -rq copy large >/dev/null; then
        n_old=$((n_old + 1))
    else
        diff -r copy sorted
        n_new=$((n_new + 1))
    fi
    weir -q sort --no-sync -k octets -O copy copy
    diff -r copy sorted
    [ -z "$(find . -maxdepth 1 -name '.copy*')" ] || fail "left behind: $(find . -maxdepth 1 -name '.copy*')"
done
[ $n_old -gt 0 ] && [ $n_new -gt 0 ] || fail "$n_old old and $n_new new traces only"

# Interrupted: 130, and nothing but the input.
rm -rf copy out
status=0
timeout --preserve-status -s INT 0.05 "$WEIR" -q --threads 1 sort --memory 64M -k octets sp first \
    -O out large large large large large large 2>stderr || status=$?
if [ $status -ne 0 ]; then
    [ $status -eq 130 ] || fail "exit $status: $(cat stderr)"
    [ ! -e out ] || fail "there is an output"
fi

if [ "$(id -u)" -ne 0 ]; then
    echo "note: full disks need root"
    return 0
fi
mkdir small
if ! mount -t tmpfs -o size=6m tmpfs small 2>/dev/null; then
    echo "note: no small file system can be mounted"
    return 0
fi
# shellcheck disable=SC2154 # run.sh sets work
trap 'umount "$work/small"; rm -rf "$work"' EXIT
mkdir small/out
printf 'old' >small/out/prot.B
expect_failure 1 "No space left" sort -k octets -O small/out large
[ "$(cat small/out/*)" = old ] || fail "the output has changed"
python3 make.py 3000000 huge
expect_failure 1 "No space left" sort --memory 64M --scratch small --filter-expr 'sp >= 0' -k octets \
    -O out huge
expect_failure 1 "No space left" sort --memory 64M --scratch small -k octets -O out huge
[ ! -e out ] || fail "there is an output"
[ "$(find small -type f | wc -l)" -eq 1 ] || fail "files were left on the small disk"
