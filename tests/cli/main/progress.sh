# SPDX-License-Identifier: GPL-3.0-or-later
# Progress goes to standard error only, and no output changes by it.
record="2, 6, 1, 2, 0, 0, 0, 9, 0, 0, 0, 1, 1024, 80, 1500000000, 1, 1500000001, 2, 3, 400, 0"
for ((i = 0; i < 1000; i++)); do echo "${record/, 3, 400/, $((3 + i % 2)), 400}"; done >in.csv
slowly() { cat in.csv; sleep 1.5; cat in.csv; }
weir convert in.csv in.csv -O want.csv
weir hist in.csv in.csv -O want-hist.csv
for threads in 1 3; do
    slowly | weir convert --threads $threads --progress -i csv_flow - >out.csv
    same out.csv want.csv
    [ "$(tr '\r' '\n' <stderr | grep -c .)" -ge 2 ] || fail "no progress: $(cat stderr)"
    tail -n 1 stderr | grep -q "2000 records read" || fail "no end report: $(cat stderr)"
    slowly | weir hist --threads $threads --progress -i csv_flow - >out.csv
    same out.csv want-hist.csv
done
slowly | weir hist --progress -q -i csv_flow - >out.csv
same out.csv want-hist.csv
[ ! -s stderr ] || fail "quiet: $(cat stderr)"

# On a terminal no line is wider than the window, or it could not be erased.
need_program python3
python3 - <<'PYTHON'
import fcntl, os, pty, re, struct, termios
pid, fd = pty.fork()
if pid == 0:
    os.execlp("sh", "sh", "-c", '(cat in.csv; sleep 1; cat in.csv) | "$WEIR" convert -i csv_flow - -o none')
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 30, 0, 0))
text = b""
try:
    while piece := os.read(fd, 4096):
        text += piece
except OSError:
    pass
os.waitpid(pid, 0)
shown = re.findall(r"\r\x1b\[Kweir: ([^\r\n]*)(?=\r\x1b)", text.decode())
assert shown, text
assert all(len("weir: " + line) < 30 for line in shown), shown
assert b"2000 records read" in text, text
PYTHON
