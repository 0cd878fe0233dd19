#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Computes how kernels scale to 64 threads from times measured on one.

usage: scaling.py RESULTS [SOCKET_GB_S [RECORDS]]      (default: 300 GB/s, 1e9 records)

A thread takes t1 per record (least_ns of one thread, best variant) and can read what the read limit
of that row says; all threads together cannot read more than the socket gives. Histograms add what
each thread does once: making its table (3.5 MB at 2 GB/s, side by side) and adding the tables up
(each thread a range of all of them). No other cost grows with the number of threads: a block ticket
per 65536 records, and no cache line that two threads write in a loop. Printed: times one thread.
"""
import csv
import sys

# bytes that a record is read from, and written to
BYTES = {('scan', 'again'): 8, ('log_hist', 'length b12'): 16, ('log_hist', 'size b12'): 16,
         ('log_hist', 'size b0'): 16, ('log_hist', 'duration b12'): 28,
         ('log_hist', 'rate b12'): 28, ('csv_flow', 'parse'): 115 + 66,
         ('csv_flow', 'format'): 66 + 115}
TABLE_BYTES = 3.5e6
FIRST_TOUCH_GB_S = 2.0
THREADS = (1, 2, 4, 8, 16, 32, 64)
LEVELS = ('ref', 'avx2', 'avx512')


def best_rows(path):
    rows = {}
    with open(path, encoding='utf-8') as file:
        for row in csv.DictReader(file):
            key = row['bench'], row['case']
            if row['threads'] != '1' or key not in BYTES:
                continue
            if key not in rows or LEVELS.index(row['cpu']) >= LEVELS.index(rows[key]['cpu']):
                rows[key] = row
    return rows


def seconds(row, n_bytes, n_threads, socket_gb_s, n_records):
    t1, limit = float(row['least_ns']), float(row['limit_ns'])
    work = max(t1 / n_threads, n_bytes / socket_gb_s) * n_records * 1e-9
    if row['bench'] != 'log_hist':
        return work
    thread_gb_s = n_bytes / limit
    make = TABLE_BYTES / FIRST_TOUCH_GB_S * 1e-9
    fold = max(TABLE_BYTES / thread_gb_s, n_threads * TABLE_BYTES / socket_gb_s) * 1e-9
    return work + make + (fold if n_threads > 1 else 0)


def main():
    if not 2 <= len(sys.argv) <= 4:
        raise SystemExit(__doc__.strip())
    socket_gb_s = float(sys.argv[2]) if len(sys.argv) > 2 else 300.0
    n_records = float(sys.argv[3]) if len(sys.argv) > 3 else 1e9
    print('| case | ns/record, 1 thread | ' + ' | '.join(str(n) for n in THREADS) + ' |')
    print('|---|--:|' + '--:|' * len(THREADS))
    for key, row in best_rows(sys.argv[1]).items():
        times = [seconds(row, BYTES[key], n, socket_gb_s, n_records) for n in THREADS]
        gains = ' | '.join(f'{times[0] / t:.1f}' for t in times)
        print(f'| {key[0]} {key[1]} | {float(row["least_ns"]):.2f} | {gains} |')


if __name__ == '__main__':
    main()
