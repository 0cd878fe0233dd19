#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Merging as its definition says it: record by record, with a dict as cache.

    ./merge_model.py INPUT OUTPUT REJECTS [INACTIVE-S ACTIVE-S [AF]]

Paths that end in .csv are csv_flow, others are traces with the usual types. With AF, only records of
that address family take part. A record is a tuple of the 21 fields.
"""

import array
import fractions
import os
import sys

COLUMNS = ("af.B prot.B inif.H outif.H sa0.I sa1.I sa2.I sa3.I da0.I da1.I da2.I da3.I sp.H dp.H "
           "first.I first_ms.H last.I last_ms.H packets.Q octets.Q aggs.I").split()
KEY = slice(0, 14)


def first(record):
    return record[14:16]


def last(record):
    """The time of the last packet; first if it is before that."""
    return max(record[16:18], record[14:16])


def ms(time):
    return time[0] * 1000 + time[1]


def merge(records, inactive_ms, active_ms):
    """Returns what is written and what is rejected, in order; active_ms is the active timeout."""
    cache, written, rejects = {}, [], []

    def is_long(record):
        return (last(record)[0] - first(record)[0]) * 1000 >= active_ms - inactive_ms

    def keep_or_write(record):
        if is_long(record):
            cache[record[KEY]] = record
        else:
            written.append(record)

    for record in records:
        new = (*record[:20], record[20] or 1)
        old = cache.get(new[KEY])
        if old is None:
            keep_or_write(new)
            continue
        if first(new) >= last(old):
            earlier, later = old, new
        elif first(old) >= last(new):
            earlier, later = new, old
        else:
            del cache[new[KEY]]
            rejects += old, new
            continue
        if ms(first(later)) - ms(last(earlier)) < inactive_ms:
            merged = (*new[KEY], *first(earlier), *max(last(earlier), last(later)),
                      *(a + b for a, b in zip(old[18:], new[18:])))
            if is_long(later):
                cache[new[KEY]] = merged  # a dict keeps the place of a key that it has
            else:
                del cache[new[KEY]]
                written.append(merged)
        else:
            del cache[new[KEY]]
            written.append(earlier)
            keep_or_write(later)
    return written + list(cache.values()), rejects


def to_csv(records):
    return "".join(", ".join(map(str, record)) + "\n" for record in records)


def read(path):
    if path.endswith(".csv"):
        with open(path, encoding="ascii") as file:
            return [tuple(map(int, line.split(","))) for line in file]
    columns = []
    for name in COLUMNS:
        columns.append(array.array(name[-1]))
        with open(os.path.join(path, name), "rb") as file:
            columns[-1].frombytes(file.read())
    return list(zip(*columns))


def write(path, records):
    if path.endswith(".csv"):
        with open(path, "w", encoding="ascii") as file:
            file.write(to_csv(records))
        return
    os.makedirs(path, exist_ok=True)
    for name, values in zip(COLUMNS, zip(*records) if records else [()] * len(COLUMNS)):
        with open(os.path.join(path, name), "wb") as file:
            array.array(name[-1], values).tofile(file)


def main():
    source, output, rejected = sys.argv[1:4]
    inactive_ms, active_ms = (int(1000 * fractions.Fraction(text))
                              for text in sys.argv[4:6] or ("15", "300"))
    records = read(source)
    if len(sys.argv) > 6:
        records = [record for record in records if record[0] == int(sys.argv[6])]
    written, rejects = merge(records, inactive_ms, active_ms)
    write(output, written)
    write(rejected, rejects)


if __name__ == "__main__":
    main()
