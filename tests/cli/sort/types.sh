# SPDX-License-Identifier: GPL-3.0-or-later
# Every type code, signed and real, NaN and -0, custom columns, ties, several inputs, ranges, in
# place and index, direct and staged, against Python.
need_program python3
cat >model.py <<'END'
import array, json, math, os, random, shutil, subprocess, sys
weir = os.environ['WEIR']
rng = random.Random(5)
codes = 'bBhHiIlLqQfd'
fields = ['prot', 'sp', 'first', 'octets', 'delay', 'tag_2']

def value(code, kind):
    a = array.array(code)
    if code in 'fd':
        return rng.choice([0.0, -0.0, 1.5, -1.5, math.inf, -math.inf, math.nan, 1e-40, -1e30])
    top = 2 ** (8 * a.itemsize)
    low = -top // 2 if code.islower() else 0
    return rng.choice([low, low + 1, 0, 1, 2, low + top - 1]) if kind else rng.randrange(low, low + top)

def order(x):
    return (1, 0) if x != x else (0, x)

def write(path, columns):
    os.mkdir(path)
    for name, a in columns.items():
        with open(f'{path}/{name}.{a.typecode}', 'wb') as f:
            a.tofile(f)

def read(path):
    columns = {}
    for entry in os.listdir(path):
        name, code = entry.rsplit('.', 1)
        columns[name] = array.array(code, open(f'{path}/{entry}', 'rb').read())
    return columns

def run(*args):
    subprocess.run([weir, 'sort', '-q', '--no-sync', *map(str, args)], check=True)

def check(path, columns, want, what):
    got = read(path)
    assert set(got) == set(columns), (what, got.keys())
    for name, a in columns.items():
        # A scan writes 16-bit fields that came as wider integers in 16 bits where they fit.
        values = got[name] if got[name].typecode in 'fd' else array.array(a.typecode, got[name])
        assert values.tobytes() == array.array(a.typecode, (a[i] for i in want)).tobytes(), (what, name, args)

for round in range(40):
    n = rng.choice([1, 2, 3, 50, 200, 257, 700])
    names = ['sp'] + rng.sample([f for f in fields if f != 'sp'], rng.randrange(1, 6))
    columns = {}
    for name in names:
        code, kind = rng.choice(codes), rng.random() < .5
        columns[name] = array.array(code, (value(code, kind) for _ in range(n)))
    keys = rng.sample(names, rng.randrange(1, len(names) + 1))
    reverse = rng.random() < .5
    want = sorted(range(n), key=lambda i: [order(columns[k][i]) for k in keys])
    if reverse:
        want.reverse()
    args = ['-k', *keys] + ['--reverse'] * reverse
    threads = ['--threads', rng.choice([1, 2, 7])]
    write('trace', columns)
    run(*args, *threads, '-O', 'out', '-I', 'index', 'trace')
    check('out', columns, want, 'direct')
    code = 'B' if n <= 256 else 'H'
    assert open('index.' + code, 'rb').read() == array.array(code, want).tobytes(), 'index'
    assert json.load(open('index.json')) == {'keys': keys, 'reverse': reverse, 'rows': n}
    run(*args, *threads, '-O', 'again', '-I', 'index', 'trace')
    check('again', columns, want, 'with the index')
    run(*args, *threads, '-O', 'out', 'out')
    twice = sorted(want, key=lambda i: [order(columns[k][i]) for k in keys])
    check('out', columns, twice[::-1] if reverse else twice, 'sorted already')
    run(*args, *threads, '-O', 'out', '--filter-expr', '1 == 1', 'trace')
    check('out', columns, want, 'staged')
    skip, count = rng.randrange(n), rng.randrange(1, n + 1)
    part = [i for i in want if skip <= i < skip + count]
    run(*args, *threads, '-O', 'out', '--skip-in', skip, '--count-in', count, 'trace')
    check('out', columns, part, 'a range')
    cut = rng.randrange(n + 1)
    write('left', {name: a[:cut] for name, a in columns.items()})
    write('right', {name: a[cut:] for name, a in columns.items()})
    run(*args, *threads, '-O', 'out', 'left', 'right')
    check('out', columns, want, 'two inputs')
    run(*args, *threads, '-O', 'trace', 'trace')
    check('trace', columns, want, 'in place')
    for path in ['trace', 'left', 'right', 'again', 'out']:
        shutil.rmtree(path)
    for entry in ['index.json', 'index.' + code]:
        os.remove(entry)
END
python3 model.py
