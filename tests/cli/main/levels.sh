# SPDX-License-Identifier: GPL-3.0-or-later
# Every instruction set and number of threads gives the bytes that Python computes record by record:
# histograms and conversions of traces (usual and unusual type codes) and text, filtered and cut.
need_program python3
cat >levels.py <<'PYTHON'
import array, os, random, subprocess, sys

weir = os.environ["WEIR"]
fields = ("af prot inif outif sa0 sa1 sa2 sa3 da0 da1 da2 da3 sp dp first first_ms last last_ms "
          "packets octets aggs").split()
usual = dict(zip(fields, "BBHHIIIIIIIIHHIHIHQQI"))
unusual = usual | dict(af="b", prot="h", inif="i", sp="l", first="q", first_ms="f", last="d",
                       packets="d", octets="L", aggs="Q", dp="I", sa3="q")
rng = random.Random(5)
n = 21013

def record():
    packets = rng.choice((0, 1, 1, 1, 2, rng.getrandbits(6), rng.getrandbits(rng.randrange(1, 54))))
    first = 1500000000000 + rng.randrange(3600000)
    last = first + rng.choice((0, 1, rng.randrange(300000), -rng.randrange(1, 3000)))
    return dict(af=rng.choice((2, 10)), prot=rng.choice((1, 6, 6, 6, 17, 17, 100)),
                inif=rng.getrandbits(16), outif=rng.getrandbits(3), sa0=0, sa1=rng.getrandbits(32),
                sa2=0, sa3=rng.getrandbits(32), da0=0, da1=0, da2=rng.getrandbits(1),
                da3=rng.getrandbits(32), sp=rng.choice((53, 80, 443, rng.getrandbits(16))),
                dp=rng.choice((53, 80, 443, rng.getrandbits(16))), first=first // 1000,
                first_ms=first % 1000, last=last // 1000, last_ms=last % 1000, packets=packets,
                octets=rng.choice((packets * 40, packets * 1500, rng.getrandbits(rng.randrange(65)))),
                aggs=rng.choice((0, 1, 2, rng.getrandbits(32))))

records = [record() for _ in range(n)]

def write_trace(path, codes, rows):
    os.mkdir(path)
    for name, code in codes.items():
        array.array(code, [r[name] for r in rows]).tofile(open(f"{path}/{name}.{code}", "wb"))

def csv(rows):
    return "".join(", ".join(str(r[f]) for f in fields) + "\n" for r in rows)

write_trace("usual", usual, records)
write_trace("unusual", unusual, records)
open("text.csv", "w").write(csv(records))

def wanted(expr, rows):
    """Python is the oracle of filters too; only ~ of a boolean means something else."""
    code = compile(expr.replace("~(", "not_("), "filter", "eval")
    return [r for r in rows if eval(code, {"not_": lambda x: not x}, r)]

def histogram(x_name, bin_exp, columns, rows):
    bins = {}
    for r in rows:
        ms = (r["last"] - r["first"]) * 1000 + r["last_ms"] - r["first_ms"]
        duration = 0 if r["packets"] == 1 or ms < 0 else ms
        rate = (8000 * r["octets"] << 20) // duration if duration else 0
        x = dict(length=r["packets"], size=r["octets"], duration=duration, rate=rate >> 20)[x_name]
        width = 1 << max(0, x.bit_length() - bin_exp) if bin_exp else 1
        of_column = dict(duration=duration, rate=rate, aggs=r["aggs"])
        values = [1, r["packets"], r["octets"]] + [of_column[c] for c in columns]
        sums = bins.setdefault((x // width * width, width), [0] * len(values))
        for i, value in enumerate(values):
            sums[i] += value
    lines = [",".join(["bin_lo,bin_hi,flows_sum,packets_sum,octets_sum"] +
                      [c + "_sum" for c in columns])]
    for (lo, width), sums in sorted(bins.items()):
        if "rate" in columns:
            sums[3 + columns.index("rate")] >>= 20
        lines.append(",".join(map(str, [lo, lo + width] + sums)))
    return "\n".join(lines) + "\n"

def run(level, threads, *args):
    result = subprocess.run([weir, "--threads", str(threads), *args], capture_output=True,
                            env=os.environ | {"WEIR_CPU": level})
    assert result.returncode == 0, (level, args, result.stderr)
    return result.stdout.decode()

filters = [
    "(prot==6) & (octets > 1000)",
    "~(prot==6)",
    "(sp ^ dp) % 7 == 3",
    "80 <= dp < 1024",
    "(octets * packets > 1 << 70) | (first_ms - last_ms < -500)",
    "(octets // (packets + 1) > 0x200) & ~(af == 10)",
    "-(sa3 - da3) >> 4 > 10_000",
    "sa3 * da3 + da2 & 0b1101 == 5 | packets > 1",
    "packets >= 0",
]
everything = ["duration", "rate", "aggs"]
specs = [
    ("length", 12, everything),
    ("length", 0, []),
    ("size", 12, ["rate"]),
    ("size", 3, ["aggs", "duration"]),
    ("size", 0, everything),
    ("duration", 12, []),
    ("duration", 63, ["duration", "aggs"]),
    ("rate", 12, []),
    ("rate", 0, ["rate", "duration"]),
]
levels = [level for level in ("ref", "avx2", "avx512")
          if subprocess.run([weir, "version"], env=os.environ | {"WEIR_CPU": level},
                            capture_output=True).returncode == 0]
assert "ref" in levels
modes = [(level, threads) for level in levels for threads in (1, 2, 7)]

def hist(x, bin_exp, columns, *args):
    return ["hist", "-x", x, "-b", str(bin_exp), *[word for c in columns for word in ("-c", c)],
            *args]

for spec, expr in zip(specs, filters):
    chosen = wanted(expr, records)
    assert len(chosen) > 100, expr
    want = histogram(*spec, chosen)
    for level, threads in modes:
        for path in "usual", "unusual", "text.csv":
            got = run(level, threads, *hist(*spec, "--filter-expr", expr, path))
            assert got == want, (level, threads, path, spec, expr)

# Several inputs of several formats and types are one; slices on both sides of the filter.
expr = filters[0]
chosen = wanted(expr, (records * 4)[7000:67000])[11:15011]
cuts = ["--skip-in", "7000", "--count-in", "60000", "--skip-out", "11", "--count-out", "15000",
        "--filter-expr", expr, "usual", "text.csv", "unusual", "usual"]
assert len(chosen) == 15000
write_trace("want", usual, wanted(filters[5], records))
# l and L are other names of q and Q; wide ports that fit are written as narrow ones.
write_trace("want-unusual", unusual | dict(sp="q", octets="Q", dp="H"), wanted(filters[5], records))
for level, threads in modes:
    assert run(level, threads, "convert", *cuts) == csv(chosen), (level, threads)
    got = run(level, threads, *hist("rate", 12, everything, *cuts))
    assert got == histogram("rate", 12, everything, chosen), (level, threads)
    for path in "usual", "unusual", "text.csv":
        got = run(level, threads, "convert", "--filter-expr", filters[5], path)
        assert got == csv(wanted(filters[5], records)), (level, threads, path)
        run(level, threads, "convert", "--filter-expr", filters[5], "-o", "binary", "-O", "got", path)
        want = "want-unusual" if path == "unusual" else "want"
        assert subprocess.run(["diff", "-r", want, "got"]).returncode == 0, (level, threads, path)

# Nothing is lost on the way when nothing is asked for; flow files are a format of their own.
flows = os.environ["WEIR_SOURCE"] + "/datasets/small"
for args in hist("rate", 12, everything, flows), ["convert", flows]:
    want = run("ref", 1, *args)
    assert want.count("\n") > 500
    for level, threads in modes:
        assert run(level, threads, *args) == want, (level, threads, args)
print("levels:", *levels)
PYTHON
python3 levels.py
