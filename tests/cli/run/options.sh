# SPDX-License-Identifier: GPL-3.0-or-later
# Options given in job files: the same checks, forms and results as on the command line.
for i in 1 2 3 4 5 6 7; do
    echo "2, $((i % 2 * 11 + 6)), 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 80, 443, 100, 1, 200, 2, $i, $((i * 400)), 0"
done >in.csv
job() {
    printf 'output: out\ninput: in.csv\nsteps:\n  step: {%s, to: result}\n' "$1" >job.yaml
}
for value in -1 64 1.5 12x 0x10 1e1 '"-1"' 99999999999999999999; do
    job "hist: {b: $value}"
    bare=${value//\"/}
    want="expected an integer from 0 to 63, but found \"$bare\""
    expect_failure 2 "job.yaml:4:20: bin-exp of hist: $want" run job.yaml
    expect_failure 2 "option --bin-exp: $want" hist "--bin-exp=$bare" in.csv
done
for value in '[1, 2]' '~' '{a: 1}'; do
    job "hist: {b: $value}"
    expect_failure 2 "job.yaml:4:20: " run job.yaml
done
[ ! -e out ] || fail "something ran"

# check JOB ARGS...: the step of the job gives what the command gives.
check() {
    rm -rf out want
    job "$1"
    shift
    weir run job.yaml
    weir "$@" -O want in.csv
    diff -r want out/result || fail "weir $*"
}
check 'hist: {x: rate, b: 0, additional-columns: [rate, aggs], skip-in: -3}' \
    hist -x rate -c rate -c aggs
check 'hist_np: {x-value: size, bin-exp: "3", c: duration, fft: true, measure-memory: true}' \
    hist_np -x size -b 3 -c duration
check 'hist: {filter: ~(prot==6), skip-in: 1, count-in: 5, skip-out: 1, count-out: 2}' \
    hist --filter '~(prot==6)' --skip-in 1 --count-in 5 --skip-out 1 --count-out 2
check 'hist: {count-in: -1}' hist --count-in -1
check 'convert: {filter: "octets // packets * 2 > 0x2ff", count-out: 3}' convert --count-out 3
check 'convert: {o: binary, count-in: 0}' convert -o binary --count-in 0
