#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a trace for measurements: columns of synthetic flow records with heavy tails.

usage: make_trace.py DIRECTORY [RECORDS]        (default: 10 million)

The same numbers on every run, from a fixed seed. Without numpy it is several times slower, and
the numbers are others, of the same distributions.
"""
import array
import pathlib
import random
import sys

try:
    import numpy as np
except ImportError:
    np = None

SEED = 20250304
CHUNK = 1_000_000
START_S = 1741082400
COLUMNS = {
    'af': 'B', 'prot': 'B', 'inif': 'H', 'outif': 'H',
    'sa0': 'I', 'sa1': 'I', 'sa2': 'I', 'sa3': 'I', 'da0': 'I', 'da1': 'I', 'da2': 'I', 'da3': 'I',
    'sp': 'H', 'dp': 'H', 'first': 'I', 'first_ms': 'H', 'last': 'I', 'last_ms': 'H',
    'packets': 'Q', 'octets': 'Q', 'aggs': 'I'}
SERVER_PORTS = (443, 53, 80, 123, 22, 25, 993, 8080)


def chunk_numpy(rng, n, begin):
    """n records as a dict of arrays; record number begin + i starts i * 0.36 ms later."""
    zero = np.zeros(n, np.int64)
    prot = rng.choice((6, 17, 1), n, p=(0.55, 0.42, 0.03))
    body = np.exp(rng.normal(1.2, 1.3, n))
    tail = np.minimum(40 * rng.pareto(0.95, n) + 40, 5e7)
    packets = np.where(rng.random(n) < 0.05, tail, body).astype(np.int64) + 1
    packets[rng.random(n) < 0.45] = 1
    mean_size = rng.integers(40, 1500, n)
    duration_ms = np.where(packets > 1, np.exp(rng.normal(6, 2, n)), 0).astype(np.int64)
    duration_ms = np.minimum(duration_ms, 299_999)
    first_ms = START_S * 1000 + (begin + np.arange(n)) * 36 // 100
    last_ms = first_ms + duration_ms
    up = rng.random(n) < 0.5
    client, server = rng.integers(32768, 61000, n), rng.choice(SERVER_PORTS, n)
    campus = 0x0A140000 + np.minimum(rng.pareto(0.9, n) * 10, 65535).astype(np.int64)
    outside = 0xC6120000 + np.minimum(rng.pareto(0.9, n) * 10, 131071).astype(np.int64)
    is_icmp = prot == 1
    return {
        'af': zero + 2, 'prot': prot, 'inif': np.where(up, 2, 1), 'outif': np.where(up, 1, 2),
        'sa3': np.where(up, campus, outside), 'da3': np.where(up, outside, campus),
        'sp': np.where(is_icmp, 0, np.where(up, client, server)),
        'dp': np.where(is_icmp, 2048, np.where(up, server, client)),
        'first': first_ms // 1000, 'first_ms': first_ms % 1000,
        'last': last_ms // 1000, 'last_ms': last_ms % 1000,
        'packets': packets, 'octets': packets * mean_size}


def chunk_plain(rng, n, begin):
    """As chunk_numpy, value by value."""
    rows = {name: [] for name in COLUMNS if name[:2] not in ('sa', 'da') or name.endswith('3')}
    del rows['aggs']
    for i in range(begin, begin + n):
        prot = rng.choices((6, 17, 1), (0.55, 0.42, 0.03))[0]
        packets = 1
        if rng.random() >= 0.45:
            packets = int(rng.lognormvariate(1.2, 1.3)) + 1
            if rng.random() < 0.05:
                packets = int(min(40 * rng.paretovariate(0.95), 5e7)) + 1
        duration_ms = min(int(rng.lognormvariate(6, 2)), 299_999) if packets > 1 else 0
        first_ms = START_S * 1000 + i * 36 // 100
        last_ms = first_ms + duration_ms
        ends = [(0x0A140000 + min(int((rng.paretovariate(0.9) - 1) * 10), 65535),
                 rng.randrange(32768, 61000), 2),
                (0xC6120000 + min(int((rng.paretovariate(0.9) - 1) * 10), 131071),
                 rng.choice(SERVER_PORTS), 1)]
        if rng.random() < 0.5:
            ends.reverse()
        (sa, sp, inif), (da, dp, outif) = ends
        if prot == 1:
            sp, dp = 0, 2048
        record = (2, prot, inif, outif, sa, da, sp, dp, first_ms // 1000, first_ms % 1000,
                  last_ms // 1000, last_ms % 1000, packets, packets * rng.randrange(40, 1500))
        for column, value in zip(rows.values(), record):
            column.append(value)
    return rows


def to_bytes(values, code, n):
    if values is None:
        return bytes(n * array.array(code).itemsize)
    if np is not None:
        return values.astype('<u%d' % array.array(code).itemsize).tobytes()
    column = array.array(code, values)
    if sys.byteorder == 'big':
        column.byteswap()
    return column.tobytes()


def main():
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__.strip())
    directory = pathlib.Path(sys.argv[1])
    n_records = int(sys.argv[2]) if len(sys.argv) == 3 else 10_000_000
    make, rng = (chunk_numpy, np.random.default_rng(SEED)) if np else (chunk_plain, random.Random(SEED))
    directory.mkdir(parents=True, exist_ok=True)
    files = {name: open(directory / f'{name}.{code}', 'wb') for name, code in COLUMNS.items()}
    for begin in range(0, n_records, CHUNK):
        n = min(CHUNK, n_records - begin)
        columns = make(rng, n, begin)
        for name, code in COLUMNS.items():
            files[name].write(to_bytes(columns.get(name), code, n))
    for file in files.values():
        file.close()


if __name__ == '__main__':
    main()
