# SPDX-License-Identifier: GPL-3.0-or-later
# SIGINT and SIGTERM while waiting for input: 130 and 143, no output, no temporary file.
need_program python3
cat >interrupt.py <<'PYTHON'
import os, signal, subprocess, sys, time

weir = os.environ["WEIR"]
line = b"2, 6, 1, 2, 0, 0, 0, 9, 0, 0, 0, 1, 1024, 80, 1500000000, 1, 1500000001, 2, 3, 400, 0\n"

def interrupted(name, number, args, threads, json=False):
    """Starts weir on a pipe that stays open, gives it some records, and interrupts it."""
    command = [weir, "--threads", str(threads)] + (["--log", "json"] if json else []) + args
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
    child.stdin.write(1000 * line)
    child.stdin.flush()
    time.sleep(0.4)
    before = time.monotonic()
    child.send_signal(number)
    child.wait(timeout=20)
    passed = time.monotonic() - before
    err = "".join(text for text in child.stderr.read().decode().splitlines(True)
                  if "this build has no OpenMP" not in text)
    want = ('{"level": "error", "command": "convert", "status": "cancelled", '
            '"message": "interrupted"}\n' if json else "weir: interrupted\n")
    assert child.returncode == 128 + number, (name, child.returncode, err)
    assert err == want, (name, err)
    assert passed < 5, (name, passed)

for threads in 1, 3:
    interrupted("int", signal.SIGINT, ["convert", "-i", "csv_flow", "-", "-O", "out"], threads)
    interrupted("term", signal.SIGTERM, ["convert", "-i", "csv_flow", "-", "-O", "out"], threads)
    interrupted("detect", signal.SIGINT, ["convert", "-", "-o", "binary", "-O", "out"], threads)
    interrupted("none", signal.SIGINT, ["convert", "-", "-o", "none"], threads, json=True)
    assert not os.path.exists("out")

# A named pipe that nobody writes: even opening it waits.
os.mkfifo("pipe")
child = subprocess.Popen([weir, "convert", "-i", "csv_flow", "pipe", "-O", "out"],
                         stderr=subprocess.PIPE)
time.sleep(0.4)
child.send_signal(signal.SIGTERM)
assert child.wait(timeout=20) == 143, child.returncode
assert child.stderr.read() == b"weir: interrupted\n"

# Sent to the process and to its group, as timeout(1) does: that is one request to stop.
def signalled():
    child = subprocess.Popen([weir, "-q", "generate", "-s", "1000000000000", "-o", "none", "h.csv"],
                             stderr=subprocess.PIPE, start_new_session=True)
    time.sleep(0.3)
    child.send_signal(signal.SIGTERM)
    os.killpg(child.pid, signal.SIGTERM)
    return child.wait(timeout=20), child.stderr.read()

with open("h.csv", "w") as h:
    h.write("bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n1,2,50,50,5000\n")
for i in range(5):
    assert signalled() == (143, b"weir: interrupted\n"), i
PYTHON
python3 interrupt.py
[ ! -e out ] || fail "an output was left behind"
