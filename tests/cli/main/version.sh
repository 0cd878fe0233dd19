# SPDX-License-Identifier: GPL-3.0-or-later
# weir version: text and JSON; global options on either side of the command.
weir version >text
grep -q '^weir [0-9]*\.[0-9]*\.[0-9]*$' text || fail "no version: $(cat text)"
for line in build threads memory "CPU level" kernels libraries; do
    grep -q "^$line: " text || fail "no $line in $(cat text)"
done
weir --version >text_2
weir convert --version >text_3
same text text_2
same text text_3

weir --threads 1 version | grep -q '^threads: *1 ' || fail "--threads before the command"
weir version --threads 1 | grep -q '^threads: *1 ' || fail "--threads after the command"
weir --threads 3 version --thr=1 | grep -q '^threads: *1 ' || fail "the last --threads must hold"
weir version --memory 1G | grep -q '^memory: *1.1 GB' || fail "--memory"
WEIR_CPU=ref weir version | grep -q '^CPU level: ref ' || fail "WEIR_CPU"
WEIR_CPU=ref weir version | grep '^kernels: ' | grep -q 'avx' && fail "WEIR_CPU=ref with variants"

need_program python3
WEIR_CPU=ref weir --log json version --threads 1 --memory 64M >json
python3 - <<'PYTHON'
import json
v = json.load(open("json"))
assert v["threads"] == 1 and v["memory_bytes"] == 64 << 20 and v["cpu"] == "ref", v
assert set(v["kernels"].values()) == {"ref"} and len(v["kernels"]) >= 3, v
assert "jansson" in v["libraries"], v
PYTHON
