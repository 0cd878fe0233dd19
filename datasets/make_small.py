#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes datasets/small: one synthetic hour of campus traffic in nfcapd files of five minutes.

usage: make_small.py [DIRECTORY]        (default: small/ beside this script)

The traffic is made here from a fixed seed; nobody's packets are in it. The script plays a router
that exports NetFlow v9 to nfcapd (Debian package nfdump) on the loopback interface, one collector
per five minutes, so that nfdump's own code writes the files, in all its compressions. Afterwards
every file is read back with nfdump and compared with what was sent. The flow records are the same
on every run; bytes differ in the times of reception that the collector stores.

Long flows are cut as routers do, at an active timeout of 300 s and an idle timeout of 15 s.
"""
import math
import pathlib
import random
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace

HOUR_START_S = 1741082400  # 2025-03-04 10:00:00 UTC
SLOT_S = 300
N_SLOTS = 12
N_CONVERSATIONS = 3600
ACTIVE_TIMEOUT_MS = 300_000
IDLE_TIMEOUT_MS = 15_000
COMPRESSION = {'LZ4': ['-y'], 'LZO': ['-z'], 'BZ2': ['-j'], 'none': []}
SLOT_COMPRESSION = ['LZ4', 'LZ4', 'LZO', 'LZ4', 'BZ2', 'LZ4', 'none', 'LZ4', 'LZO', 'LZ4', 'BZ2', 'LZ4']

ICMP, TCP, UDP, ICMP6 = 1, 6, 17, 58
CAMPUS_IF, UPLINK_IF = 2, 1


@dataclass(frozen=True)
class Flow:
    """A unidirectional flow, or one record of it; times in ms since the epoch."""
    v6: bool
    prot: int
    src: int
    dst: int
    sport: int
    dport: int
    inif: int
    outif: int
    first_ms: int
    last_ms: int
    packets: int
    octets: int
    tcp_flags: int = 0


# --- traffic -----------------------------------------------------------------------------------

def address(rng, v6, campus):
    """Private (campus) or benchmarking (outside) IPv4, documentation IPv6; popular hosts first."""
    rank = min(int(rng.paretovariate(0.9)), 4000 if campus else 20000)
    if v6:
        return (0x20010DB8 << 96) | ((0x10 if campus else 0x20) << 80) | (rank * 2654435761 % 2**32)
    return (0x0A140000 if campus else 0xC6120000) + rank


def clamp(value, least, most):
    return max(least, min(most, int(value)))


def packets_of_bulk(rng):
    """Flow length: a lognormal body and a Pareto tail, as measured on campus links."""
    if rng.random() < 0.08:
        return clamp(60 * rng.paretovariate(0.9), 60, 400_000)
    return clamp(rng.lognormvariate(2.1, 1.0), 3, 2000)


def duration_ms(rng, packets):
    if packets == 1:
        return 0
    seconds = rng.lognormvariate(-1.2, 1.6) * math.sqrt(packets)
    if packets > 60 and rng.random() < 0.3:  # video, calls, remote shells
        seconds += rng.uniform(60, 2400)
    # Gaps beyond the idle timeout would end the flow at the router.
    return clamp(1000 * seconds, 1, min((packets - 1) * 9000, 3_000_000))


def conversation(rng):
    """One conversation as (protocol, server port, packets and mean packet size both ways)."""
    kind = rng.random()
    if kind < 0.36:  # DNS
        n = 1 if rng.random() < 0.93 else 2
        return UDP, 53, n, rng.randint(56, 92), n, rng.randint(80, 420)
    if kind < 0.40:  # NTP
        return UDP, 123, 1, 76, 1, 76
    if kind < 0.45:  # echo request and reply
        n = clamp(rng.paretovariate(1.2), 1, 60)
        return ICMP, 0, n, 84, n, 84
    if kind < 0.55:  # scans that nobody answers
        return TCP, rng.choice((22, 23, 445, 3389, 8080)), 1, rng.choice((40, 44, 60)), 0, 0
    n = packets_of_bulk(rng)
    down = max(1, int(n * rng.uniform(0.8, 2.2)))
    up_size = rng.randint(56, 220)
    down_size = rng.randint(80, 300) if n < 6 else rng.randint(300, 1480)
    if kind < 0.67:  # QUIC
        return UDP, 443, n, max(up_size, 60), down, down_size
    if kind < 0.70:  # mail and shells
        return TCP, rng.choice((22, 25, 993)), n, up_size, down, min(down_size, 700)
    return TCP, 443 if rng.random() < 0.9 else 80, n, up_size, down, down_size


def octets(rng, packets, mean_size):
    return sum(clamp(rng.gauss(mean_size, mean_size / 8), 40, 1500) for _ in range(min(packets, 8))) \
        + max(0, packets - 8) * mean_size


def make_flows(rng):
    """The original flows of the hour, in both directions, ordered by start."""
    end_ms = (HOUR_START_S + SLOT_S * N_SLOTS) * 1000
    flows = []
    for _ in range(N_CONVERSATIONS):
        prot, port, n_up, size_up, n_down, size_down = conversation(rng)
        v6 = rng.random() < 0.12
        client, server = address(rng, v6, True), address(rng, v6, False)
        sport, dport = rng.randint(32768, 60999), port
        if prot == ICMP:  # nfdump keeps type and code in the destination port
            prot, sport, dport = (ICMP6, 0, 128 * 256) if v6 else (ICMP, 0, 8 * 256)
        start = HOUR_START_S * 1000 + rng.randrange(SLOT_S * N_SLOTS * 1000)
        flags = 0x02 if n_down == 0 else 0x1B
        up = Flow(v6, prot, client, server, sport, dport, CAMPUS_IF, UPLINK_IF, start,
                  min(start + duration_ms(rng, n_up), end_ms - 1), n_up, octets(rng, n_up, size_up),
                  flags if prot == TCP else 0)
        flows.append(up)
        if n_down == 0:
            continue
        start += rng.randint(1, 90)
        answer_port = {ICMP: 0, ICMP6: 129 * 256}.get(prot, sport)
        flows.append(replace(
            up, src=server, dst=client, sport=dport if prot in (TCP, UDP) else 0,
            dport=answer_port, inif=UPLINK_IF, outif=CAMPUS_IF, first_ms=start,
            last_ms=max(start, min(start + duration_ms(rng, n_down), end_ms - 1)),
            packets=n_down, octets=octets(rng, n_down, size_down)))
    return sorted(flows, key=lambda flow: flow.first_ms)


# --- router ------------------------------------------------------------------------------------

def cut(flow):
    """Yields (export time in ms, record): the flow as a router with active timeout reports it."""
    span = flow.last_ms - flow.first_ms
    n_parts = span // ACTIVE_TIMEOUT_MS + 1
    done_packets = done_octets = 0
    for part in range(n_parts):
        # Packets are evenly spaced: number k is sent at first + k * span / (packets - 1).
        begin = part * ACTIVE_TIMEOUT_MS
        end = min(span, begin + ACTIVE_TIMEOUT_MS - 1)
        upto = flow.packets if part == n_parts - 1 else end * (flow.packets - 1) // span + 1
        n = upto - done_packets
        if n == 0:
            continue
        share = flow.octets * upto // flow.packets
        at = [flow.first_ms + k * span // max(1, flow.packets - 1) for k in (done_packets, upto - 1)]
        record = replace(flow, first_ms=at[0], last_ms=at[1], packets=n, octets=share - done_octets)
        done_packets, done_octets = upto, share
        yield at[1] + (IDLE_TIMEOUT_MS if part == n_parts - 1 else 0), record


def slots(flows):
    """Records by the five minutes in which they are exported, in export order."""
    exports = sorted((pair for flow in flows for pair in cut(flow)), key=lambda pair: pair[0])
    result = [[] for _ in range(N_SLOTS)]
    for export_ms, record in exports:
        result[min((export_ms // 1000 - HOUR_START_S) // SLOT_S, N_SLOTS - 1)].append(record)
    return result


# Field types and lengths of a NetFlow v9 record (RFC 3954 section 8), after the addresses. ICMP
# type and code travel in a field of their own (32), from which nfcapd fills the destination port.
V9_FIELDS = [(7, 2), (11, 2), (32, 2), (4, 1), (6, 1), (10, 4), (14, 4), (2, 8), (1, 8), (22, 4), (21, 4)]
V9_ADDRESSES = {False: (256, [(8, 4), (12, 4)]), True: (257, [(27, 16), (28, 16)])}


def v9_set(set_id, body):
    padding = -len(body) % 4
    return struct.pack('>HH', set_id, 4 + len(body) + padding) + body + bytes(padding)


def v9_templates():
    body = b''
    for template, addresses in V9_ADDRESSES.values():
        fields = addresses + V9_FIELDS
        body += struct.pack('>HH', template, len(fields))
        body += b''.join(struct.pack('>HH', *field) for field in fields)
    return v9_set(0, body)


def v9_record(record, boot_ms):
    width = 16 if record.v6 else 4
    icmp = record.dport if record.prot in (ICMP, ICMP6) else 0
    return record.src.to_bytes(width, 'big') + record.dst.to_bytes(width, 'big') + struct.pack(
        '>HHHBBIIQQII', record.sport, record.dport, icmp, record.prot, record.tcp_flags, record.inif,
        record.outif, record.packets, record.octets, record.first_ms - boot_ms,
        record.last_ms - boot_ms)


def v9_packets(records, slot_end_s):
    """Export packets for records, in order; a run of one address family makes one data set."""
    boot_ms = (HOUR_START_S - 86400) * 1000
    runs = []
    for record in records:
        if not runs or runs[-1][0].v6 != record.v6 or len(runs[-1]) == 12:
            runs.append([])
        runs[-1].append(record)
    for sequence, run in enumerate(runs):
        data = v9_set(V9_ADDRESSES[run[0].v6][0], b''.join(v9_record(r, boot_ms) for r in run))
        header = struct.pack('>HHIIII', 9, len(run) + 2, slot_end_s * 1000 - boot_ms, slot_end_s,
                             sequence, 1)
        yield header + v9_templates() + data


# --- collector ---------------------------------------------------------------------------------

def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def wait_until_bound(port, collector):
    for _ in range(100):
        if collector.poll() is not None:
            raise SystemExit(f'nfcapd ended with status {collector.returncode}')
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind(('127.0.0.1', port))
            except OSError:
                return
        time.sleep(0.05)
    raise SystemExit('nfcapd did not start listening')


def collect(records, slot_end_s, options, target):
    """Sends the records to a collector of their own and moves its file to `target`."""
    with tempfile.TemporaryDirectory() as directory:
        port = free_port()
        command = ['nfcapd', '-C', 'none', '-w', directory, '-b', '127.0.0.1', '-p', str(port),
                   '-I', 'campus', '-B', '1000000', *options]
        collector = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_until_bound(port, collector)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as router:
                for packet in v9_packets(records, slot_end_s):
                    router.sendto(packet, ('127.0.0.1', port))
                    time.sleep(0.001)
            time.sleep(0.5)
        finally:
            collector.send_signal(signal.SIGTERM)
            collector.wait(timeout=20)
        files = sorted(pathlib.Path(directory).glob('nfcapd.[0-9]*'))
        if len(files) != 1:
            raise SystemExit(f'nfcapd wrote {len(files)} files instead of one; run again')
        target.write_bytes(files[0].read_bytes())


def pipe_line(record):
    """The record as `nfdump -o pipe` prints it."""
    def words(value):
        return [(value >> shift) & 0xFFFFFFFF for shift in (96, 64, 32, 0)]
    return '|'.join(map(str, [
        10 if record.v6 else 2, record.first_ms, record.last_ms, record.prot, *words(record.src),
        record.sport, *words(record.dst), record.dport, 0, 0, record.inif, record.outif,
        record.tcp_flags, 0, record.packets, record.octets]))


def check(records, path):
    run = subprocess.run(['nfdump', '-r', path, '-q', '-o', 'pipe'], capture_output=True, text=True,
                         check=True)
    if run.stdout.split() != [pipe_line(record) for record in records]:
        raise SystemExit(f'{path}: nfdump reads other records than were sent')


def main():
    here = pathlib.Path(__file__).resolve().parent
    directory = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here / 'small'
    directory.mkdir(parents=True, exist_ok=True)
    by_slot = slots(make_flows(random.Random(20250304)))
    for slot, (records, compression) in enumerate(zip(by_slot, SLOT_COMPRESSION, strict=True)):
        start_s = HOUR_START_S + slot * SLOT_S
        path = directory / time.strftime('nfcapd.%Y%m%d%H%M', time.gmtime(start_s))
        collect(records, start_s + SLOT_S, COMPRESSION[compression], path)
        check(records, path)
        print(f'{path.name}  {compression:4}  {len(records):4} records  {path.stat().st_size:6} bytes')
    everything = [record for records in by_slot for record in records]
    print(f'{len(everything)} records, {sum(r.packets for r in everything)} packets, '
          f'{sum(r.octets for r in everything)} octets')


if __name__ == '__main__':
    main()
