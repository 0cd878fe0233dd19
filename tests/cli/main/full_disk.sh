# SPDX-License-Identifier: GPL-3.0-or-later
# A disk that is full: every command fails with one line that names its output, older outputs stay
# whole, nothing is left. A file size limit and /dev/full stand in for the disk; root tries a real one.
for ((i = 0; i < 60000; i++)); do
    echo "2, $((i % 2 * 11 + 6)), 0, 0, 0, 0, 0, $i, 0, 0, 0, 2, 80, 443, 100, 1, 200, 2, $((i % 2 + 2)), $((i * 7)), 0"
done >in.csv
(head -n 3 in.csv; sed 's/^2/x/' in.csv) >bad.csv
weir convert -q -o binary -O small --count-in 5 in.csv
weir convert -q -o binary -O in in.csv
cat >job.yaml <<'END'
input: in.csv
steps:
  trace: {convert: {out-format: binary}, to: trace}
  text:  {convert: {}, to: out.csv}
  size:  {hist: {x: size}, to: hist.csv}
END
printf 'input: in.csv\nsteps: {size: {hist: {x: size}, to: hist.csv}}\n' >one.yaml
prepare() {
    echo old >"$1/out.csv"
    echo old >"$1/hist.csv"
    cp -r small "$1/trace"
    (cd "$1" && find . | sort) >before
}
unharmed() {
    (cd "$1" && find . | sort) | same - before
    [ "$(cat "$1/out.csv")" = old ] && [ "$(cat "$1/hist.csv")" = old ] || fail "$2: older outputs"
    diff -r "$1/trace" small || fail "$2: the older trace was touched"
}
# must_fail DIRECTORY TEXT OUTPUT ARGS...: one line with TEXT that names OUTPUT; all is as before.
must_fail() {
    local directory=$1 text=$2 output=$3
    shift 3
    expect_failure 1 "$text" --no-sync "$@"
    grep -qF "$output" stderr || fail "$*: the output is not named: $(cat stderr)"
    # A build without OpenMP warns of --threads.
    [ "$(grep -vc 'warning: --threads' stderr)" -eq 1 ] || fail "$*: more than one line: $(cat stderr)"
    unharmed "$directory" "$*"
}
all_fail() {
    local d=$1 text=$2 t
    for t in 1 2 7; do
        must_fail "$d" "$text" "$d/out.csv" --threads $t convert -O "$d/out.csv" in.csv
        must_fail "$d" "$text" "$d/trace" --threads $t convert -o binary -O "$d/trace" in.csv
        must_fail "$d" "$text" "$d/hist.csv" --threads $t hist -x size -O "$d/hist.csv" in.csv
        must_fail "$d" "$text" "$d" --threads $t merge -O "$d/out.csv" in.csv
        must_fail "$d" "$text" "$d/trace" --threads $t merge -o binary -O "$d/trace" in
        must_fail "$d" "$text" "$d/" --threads $t run --output "$d" job.yaml
        must_fail "$d" "$text" "$d/hist.csv" --threads $t run --output "$d" one.yaml
    done
    must_fail "$d" "$text" "$d/rejects" convert --rejects "$d/rejects" -O good.csv bad.csv
    [ ! -e good.csv ] || fail "an output without its rejects"
}
mkdir limited disk
prepare limited
(ulimit -f 200; all_fail limited "limited/")

for command in "convert" "hist -x size"; do
    # shellcheck disable=SC2086
    expect_failure 1 "No space left" $command -O /dev/full in.csv
    status=0
    # shellcheck disable=SC2086
    "$WEIR" $command in.csv >/dev/full 2>stderr || status=$?
    [ $status -eq 1 ] || fail "$command to a full device: exit $status"
    grep -q "No space left" stderr || fail "$(cat stderr)"
done

if ! mount -t tmpfs -o size=1m weir-test disk 2>/dev/null; then
    echo "left out: a real full disk needs leave to mount one"
    return
fi
trap 'umount "$PWD/disk"; rm -rf "$PWD"' EXIT
head -c 500000 /dev/zero >disk/ballast
prepare disk
all_fail disk "No space left"

# Scratch files on a full disk, for a histogram that does not fit into memory.
need_program python3
python3 - <<'END'
import array, os
os.mkdir("many")
n = 1500000
array.array("Q", [i * 7919 for i in range(n)]).tofile(open("many/octets.Q", "wb"))
array.array("Q", [1]).__mul__(n).tofile(open("many/packets.Q", "wb"))
END
must_fail disk "No space left" disk hist --memory 64M --scratch disk -x size -O big.csv many
[ ! -e big.csv ] || fail "an output appeared"
