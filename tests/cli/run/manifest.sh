# SPDX-License-Identifier: GPL-3.0-or-later
# A second run does what has changed, and no more; the manifest tells what was done.
need_program python3
cp -r "$WEIR_SOURCE/datasets/small" in
echo '[[1, "lognorm", [1, 0, 5]]]' >start.json
cat >job.yaml <<'END'
output: out
input: in
let: {bins: 12}
steps:
  kept: {convert: {filter-expr: prot==6, out-format: binary}}
  sorted: {sort: {key: first}, from: kept, to: sorted}
  hist:
    matrix: {x: [length, size]}
    hist: {x: $x, b: $bins}
    to: $x.csv
  fit: {fit: {i: 3, initial: start.json}, from: hist, matrix: {x: [length, size]}, to: fit/$x}
END
# ran STEPS...: these steps ran, and no others; ARGUMENTS are those of run.
arguments=()
ran() {
    weir run --log json "${arguments[@]}" job.yaml
    python3 - "$@" <<'END'
import json, sys
lines = [json.loads(line) for line in open('stderr')]
got = sorted(line['command'] for line in lines if 'records_used' in line)
assert got == sorted(sys.argv[1:]), (got, sys.argv[1:])
END
}
all=(kept sorted 'hist[x=length]' 'hist[x=size]' 'fit[x=length]' 'fit[x=size]')
ran "${all[@]}"
cp -rp out before
ran
diff -r before out
find out -type f -newer before/manifest.json | grep -q . && fail "a file was touched"

python3 - <<'END'
import json, os
manifest = json.load(open('out/manifest.json'))
assert manifest['job'] == 'job' and manifest['job_file'] == 'job.yaml', manifest
steps = {step['step']: step for step in manifest['steps']}
assert len(steps) == 6
hist = steps['hist[x=size]']
files = [os.path.join('in', name) for name in os.listdir('in')]
(given,), (made,) = hist['inputs'], hist['outputs']
assert given['path'] == 'in' and given['files'] == len(files), given
assert given['bytes'] == sum(os.path.getsize(f) for f in files), given
assert given['mtime_ns'] == max(os.stat(f).st_mtime_ns for f in files), given
assert made['path'] == 'out/size.csv' and made['bytes'] == os.path.getsize('out/size.csv') == hist['bytes_written']
assert hist['records_read'] == hist['records_used'] == 7107 and hist['row_name'] == 'bins', hist
assert hist['rows_written'] == len(open('out/size.csv').read().splitlines()) - 1
assert hist['options'] == ['x-value', 'size', 'bin-exp', '12'], hist['options']
assert [i['path'] for i in steps['fit[x=size]']['inputs']] == ['out/size.csv', 'start.json']
assert list(steps['sorted']['inputs'][0]) == ['path'], 'a kept trace has no file'
END

# What was changed, what reads it, and what the former needs.
touch out/size.csv
ran 'hist[x=size]' 'fit[x=size]'
rm out/fit/length/flows.mode
ran 'fit[x=length]'
touch start.json
ran 'fit[x=length]' 'fit[x=size]'
rm -r out/sorted
ran kept sorted
first=$(find in -type f | LC_ALL=C sort | head -n 1)
last=$(find in -type f | LC_ALL=C sort | tail -n 1)
touch "$first"
ran "${all[@]}"
rm "$last"
ran "${all[@]}"
arguments=(--let bins=8)
ran 'hist[x=length]' 'hist[x=size]' 'fit[x=length]' 'fit[x=size]'
ran
arguments=(--let bins=8 --all)
ran "${all[@]}"
arguments=(--let bins=8 --no-manifest)
cp -p out/manifest.json before.json
ran "${all[@]}"
same before.json out/manifest.json
arguments=(--let bins=8)
ran "${all[@]}" # outputs are not those of the manifest any more

# Hashes of contents are noted, those that xxhsum prints where it is installed, and make no
# difference to what is current.
arguments=(--let bins=8 --hash --all)
ran "${all[@]}"
arguments=(--let bins=8)
ran
python3 - <<'END'
import json, os, subprocess
steps = {step['step']: step for step in json.load(open('out/manifest.json'))['steps']}
for path in 'out/size.csv', 'start.json':
    (noted,) = (f['xxh3_128'] for s in steps.values() for f in s['inputs'] if f['path'] == path and s['step'] == 'fit[x=size]')
    assert len(noted) == 32, noted
    try:
        assert subprocess.run(['xxhsum', '-H2', path], capture_output=True, text=True).stdout.split()[0] == noted
    except FileNotFoundError:
        pass
assert len({s['outputs'][0].get('xxh3_128') for s in steps.values()}) == 6, 'kept traces have none, others their own'
END

# Steps before a failure are done, and need not be done again.
cat >job.yaml <<'END'
output: fails
steps:
  good: {hist: {x: size}, input: in, to: a.csv}
  bad: {fit: {L: 1, y: duration}, from: good, to: b}
END
expect_failure 1 "no sums of duration" run job.yaml
sed -i 's/y: duration/y: flows/' job.yaml
arguments=()
ran bad

# So are those of a scan that others share, as far as they were finished; the one that failed is named.
cat >shared.yaml <<'END'
output: shared
input: in
steps:
  one: {hist: {}, to: one.csv}
  two: {fit: {L: 1, y: duration}, to: two}
END
expect_failure 1 "scan of step one and 1 more: step two: " run shared.yaml
grep -q '"step": "one"' shared/manifest.json || fail "$(cat shared/manifest.json)"
sed -i 's/y: duration/y: flows/' shared.yaml
weir run shared.yaml
grep -q 'shared: 1 of 2 steps is as they were' stderr || fail "$(cat stderr)"
sed 's/^output:/job: other\n&/' shared.yaml >other.yaml
weir run other.yaml
grep -q 'is the manifest of job shared, and gives way to that of job other' stderr || fail "$(cat stderr)"

# Log lines of a step name it.
printf 'steps:\n  two: {fit: {L: 2, i: 1}, input: in, to: two}\n' >named.yaml
weir run named.yaml
grep -q '^weir: note: two: flows: ' stderr || fail "$(cat stderr)"
weir run --all --log json named.yaml
grep -q '"level": "note", "command": "two", "message": "flows: ' stderr || fail "$(cat stderr)"

# A manifest of another version counts for nothing; another file of that name is nobody's to replace.
sed -i 's/"weir": "/"weir": "0/' fails/manifest.json
ran good bad
echo '{"name": "a package"}' >fails/manifest.json
expect_failure 1 "fails/manifest.json: expected the manifest of a job" run job.yaml
echo '{"name": "a package"}' | same - fails/manifest.json
sed -i 's/to: a.csv/to: manifest.json/' job.yaml
expect_failure 2 "would overwrite the manifest" run --no-manifest job.yaml
