#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes filter_words.txt: as filter_cases.py, for what the filter language has beyond numbers.

Python parses the text here too: addresses and times are names to it (`L0_`), which are replaced when
the expression is written. Its `ipaddress` and `datetime` say what they mean; `and`, `or` and `not`
are Python's, with their short circuit, made truth values. Run it here:

    ./filter_words.py > filter_words.txt      (or with another seed: ./filter_words.py 7)
"""

import ast
import datetime
import ipaddress
import random
import re
import sys
import warnings

import filter_cases as base

PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "icmp6": 58, "gre": 47, "esp": 50, "sctp": 132}
NETS = ("10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "192.168.0.0/16", "0.0.0.0/0", "0.0.0.0/8",
        "10.1.2.3/32", "2001:db8::/32", "2001:db8:1::/48", "2001:db8:0:8000::/49", "fe80::/10",
        "::/0", "::/96", "::/128", "::ffff:0:0/96", "2001:db8::1/128", "10.1.2.2/31",
        "2001:db8::a000:0/99", "8000::/1", "128.0.0.0/1", "::10.0.0.0/104", "2001:db8::/63")
BEGIN = 1433962800  # 2015-06-10T19:00Z
N_RECORDS = 16
N_EXPRESSIONS = 700
SETS = {
    "default": "B B H H I I I I I I I I H H I H I H Q Q I".split(),
    "signed": "b B i i q I q I I q I q i I q h i H q q I".split(),
    "small": ["small"] * 21,
}


class Fraction:
    """A time with a fraction, in ms."""

    def __init__(self, ms):
        self.ms = ms


def address(record, side):
    words = [record[side + str(i)] for i in range(4)]
    if record["af"] != 10 and words[:3] == [0, 0, 0]:
        return ipaddress.IPv4Address(words[3])
    return ipaddress.IPv6Address(int("".join(f"{word:08x}" for word in words), 16))


def duration(record):
    ms = ((record["last"] - record["first"]) * 1000 + record["last_ms"] - record["first_ms"])
    return ms if record["packets"] != 1 and ms > 0 else 0


def rate(record):
    return record["octets"] * 8000 // duration(record) if duration(record) else 0


def matches(node, element, record, literals):
    """Whether src, dst or ip is an address, or in a network."""
    sides = {"src": ["sa"], "dst": ["da"], "ip": ["sa", "da"]}[node.id]
    literal = literals[element.id]
    found = [address(record, side) for side in sides]
    if isinstance(literal, (ipaddress.IPv4Network, ipaddress.IPv6Network)):
        return any(a in literal for a in found)
    return any(a == literal for a in found)


def is_address(node):
    return isinstance(node, ast.Name) and node.id in ("src", "dst", "ip")


def membership(node, record, literals):
    elements = node.comparators[0]
    elements = elements.elts if isinstance(elements, (ast.Set, ast.Tuple)) else [elements]
    if is_address(node.left):
        found = [matches(node.left, e, record, literals) for e in elements]
    else:
        found = [compare(ast.Compare(node.left, [ast.Eq()], [e]), record, literals)
                 for e in elements]
    return any(found) != isinstance(node.ops[0], ast.NotIn)


def compare(node, record, literals):
    operands = [node.left] + node.comparators
    if isinstance(node.ops[0], (ast.In, ast.NotIn)):
        return membership(node, record, literals)
    if any(is_address(o) for o in operands):
        left, right = operands if is_address(operands[0]) else operands[::-1]
        return matches(left, right, record, literals) == isinstance(node.ops[0], ast.Eq)
    if any(isinstance(o, ast.Name) and o.id == "port" for o in operands):
        either = [compare(node, dict(record, port=record[side]), literals)
                  for side in ("sp", "dp")] if "port" not in record else None
        if either is not None:
            return all(either) if isinstance(node.ops[0], ast.NotEq) else any(either)
    answers = []
    values = [evaluate(o, record, literals) for o in operands]
    for op, x, y, a, b in zip(node.ops, operands, operands[1:], values, values[1:]):
        if isinstance(a, Fraction):
            a, b = a.ms, b * 1000 + record[y.id + "_ms"]
        elif isinstance(b, Fraction):
            a, b = a * 1000 + record[x.id + "_ms"], b.ms
        answers.append(base.COMPARE[type(op)](a, b))
    return all(answers)


def evaluate(node, record, literals):
    if isinstance(node, ast.Name):
        if node.id in literals:
            return literals[node.id]
        return PROTOCOLS[node.id] if node.id in PROTOCOLS else record[node.id]
    if isinstance(node, ast.BoolOp):
        for operand in node.values:
            value = bool(evaluate(operand, record, literals))
            if value == isinstance(node.op, ast.Or):
                break
        return value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return not evaluate(node.operand, record, literals)
    if isinstance(node, ast.Compare):
        return compare(node, record, literals)
    if isinstance(node, (ast.UnaryOp, ast.BinOp)):
        # what is below has been computed: only the operator is left
        fields = ("operand",) if isinstance(node, ast.UnaryOp) else ("left", "right")
        values = {f: ast.Constant(evaluate(getattr(node, f), record, literals)) for f in fields}
        return base.evaluate(type(node)(op=node.op, **values), record)
    return base.evaluate(node, record)


def constants_fail(tree, literals):
    """True when some part that reads nothing from a record has no value."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.expr) or isinstance(node, (ast.Set, ast.Tuple)):
            continue
        if all(n.id in PROTOCOLS or isinstance(literals.get(n.id), int)
               for n in ast.walk(node) if isinstance(n, ast.Name)):
            try:
                evaluate(node, {}, literals)
            except base.NoValue:
                return True
    return False


def random_address(rng):
    net = ipaddress.ip_network(rng.choice(NETS))
    if rng.random() < 0.3:
        return net[0]
    return net[rng.getrandbits(127) % net.num_addresses]


def spelled(rng, value):
    """One of the ways to write an address or network."""
    if value.version == 4:
        return str(value)
    text = rng.choice((value.compressed, value.exploded, value.compressed.upper()))
    if isinstance(value, ipaddress.IPv6Address) and rng.random() < 0.2:
        low = ipaddress.IPv4Address(int(value) & 0xFFFFFFFF)
        text = value.exploded[:30] + str(low)
    return text


def random_time(rng):
    """A time near the records', with its text."""
    ms = BEGIN * 1000 + rng.choice((0, 0, 250, 1000, 5000, 60000, -1, 999, rng.randint(-9999, 9999)))
    offset = rng.choice((None, 0, 0, 120, -570, 1439, -1439))
    zone = datetime.timezone(datetime.timedelta(minutes=offset or 0))
    when = datetime.datetime.fromtimestamp(0, zone) + datetime.timedelta(milliseconds=ms)
    if when.microsecond == 0 and rng.random() < 0.8:
        spec = "minutes" if when.second == 0 and rng.random() < 0.5 else "seconds"
        text = when.isoformat(timespec=spec)
    else:
        text = when.isoformat(timespec="milliseconds")
    if offset is None:
        text = text[:-6]
    elif offset == 0 and rng.random() < 0.5:
        text = text[:-6] + "Z"
    read = datetime.datetime.fromisoformat(text)
    read = read.replace(tzinfo=read.tzinfo or datetime.timezone.utc)
    delta = read - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    ms = delta // datetime.timedelta(milliseconds=1)
    return (Fraction(ms) if "." in text else ms // 1000), text


class Case:
    def __init__(self, rng):
        self.rng = rng
        self.literals = {}
        self.texts = {}
        self.python = self.words(2)
        self.text = re.sub(r"L\d+_", lambda m: self.texts[m[0]], self.python)

    def add(self, value, text):
        name = f"L{len(self.literals)}_"
        self.literals[name], self.texts[name] = value, text
        return name

    def address(self, network):
        rng = self.rng
        if network and rng.random() < 0.7:
            value = ipaddress.ip_network(rng.choice(NETS))
        else:
            value = random_address(rng)
        return self.add(value, spelled(rng, value))

    def address_test(self):
        rng = self.rng
        name = rng.choice(("src", "dst", "ip"))
        kind = rng.random()
        if kind < 0.2:
            return f"{name} {rng.choice(('==', '!='))} {self.address(False)}"
        if kind < 0.3:
            return f"{self.address(False)} {rng.choice(('==', '!='))} {name}"
        op = rng.choice(("in", "in", "not in"))
        if kind < 0.6:
            return f"{name} {op} {self.address(True)}"
        elements = [self.address(True) for _ in range(rng.randint(1, 4))]
        return f"{name} {op} {self.listed(elements)}"

    def listed(self, elements):
        comma = self.rng.choice(("", "", ",", ", "))
        brackets = self.rng.choice(("{}", "()"))
        return brackets[0] + ", ".join(elements) + comma + brackets[1]

    def list_test(self):
        rng = self.rng
        name = rng.choice(("dp", "sp", "port", "prot", "packets", "af + 1", "duration", "inif"))
        elements = [rng.choice((base.random_number(rng), "tcp", "udp", "icmp6",
                                rng.choice(base.FIELDS), base.random_operand(rng, 1)))
                    for _ in range(rng.randint(1, 5))]
        return f"{name} {rng.choice(('in', 'in', 'not in'))} {self.listed(elements)}"

    def port_test(self):
        rng = self.rng
        number = rng.choice(("53", "80", "443", "1024", "dp", "sp", "packets"))
        kind = rng.random()
        if kind < 0.4:
            return f"port {rng.choice(tuple('<>') + ('<=', '>=', '==', '!='))} {number}"
        if kind < 0.6:
            return f"{number} {rng.choice(('<', '>=', '!='))} port"
        return f"{number} {rng.choice(('<', '<='))} port {rng.choice(('<', '<=', '>'))} 8080"

    def time_test(self):
        rng = self.rng
        name = rng.choice(("first", "last"))
        value, text = random_time(rng)
        literal = self.add(value, text)
        op = rng.choice(tuple("<>") + ("<=", ">=", "==", "!="))
        kind = rng.random()
        if kind < 0.5:
            return f"{name} {op} {literal}"
        if kind < 0.7:
            return f"{literal} {op} {name}"
        if kind < 0.8 and not isinstance(value, Fraction):
            return f"{name} - {literal} {op} {rng.choice(('0', '1', '-1', '5'))}"
        value, text = random_time(rng)
        return f"{literal} <= {name} {op} {self.add(value, text)}"

    def derived_test(self):
        rng = self.rng
        name = rng.choice(("duration", "rate"))
        op = rng.choice(tuple("<>") + ("<=", ">=", "==", "!="))
        number = rng.choice(("0", "1", "250", "1000", "100000", "rate", "packets"))
        return rng.choice((f"{name} {op} {number}", f"1 {op} {name} < 1_000_000", name,
                           f"octets * 8 // {name} {op} {number}", f"-{name} + 1 {op} {number}"))

    def guarded_test(self):
        rng = self.rng
        name = rng.choice(("packets", "inif", "aggs", "sp", "af"))
        return rng.choice((
            f"{name} > 0 and octets // {name} > {rng.choice((0, 1, 100))}",
            f"{name} == 0 or dp % {name} < 3",
            f"{name} and outif // {name}",
            f"not {name} or (sp + dp) % {name} == 1 or dp // ({name} - 1)",
            f"{name} < 60 and (octets << {name}) > 5 and octets * octets != 4",
            f"{name} > 2 and (dp >> ({name} - 3) or -octets << {name} - 3 < 5)",
            f"sp - dp > 0 and inif << sp - dp > 7",
            f"{name} > 100 or octets * octets // {name} > 1 << 100",
            f"{name} == 3 or -(octets << 64) * 2 < {name}"))

    def atom(self, depth):
        rng = self.rng
        kind = rng.random()
        if kind < 0.2 and depth > 0:
            text = "(" + self.words(depth - 1) + ")"
            return text + rng.choice(("", "", "", " + 1 == 2", " == (dp > 80)", " & (sp > 9)"))
        if kind < 0.28 and depth > 0:
            return "~(" + self.words(depth - 1) + ")"
        tests = (self.address_test, self.list_test, self.port_test, self.time_test,
                 self.derived_test, self.guarded_test, lambda: base.random_text(rng, 1),
                 lambda: f"{rng.choice(('prot', 'proto'))} == {rng.choice(tuple(PROTOCOLS))}")
        return rng.choice(tests)()

    def words(self, depth):
        rng = self.rng
        text = ""
        for i in range(rng.choice((1, 1, 2, 2, 3))):
            text += "" if i == 0 else rng.choice((" and ", " or "))
            text += rng.choice(("", "", "", "not ", "not not ")) + self.atom(depth)
        return text


def random_record(rng, types):
    record = {f: base.random_value(rng, t) for f, t in zip(base.FIELDS, types)}
    if types[0] == "small":
        for field in ("sa0", "sa1", "sa2", "da0", "da1", "da2"):
            record[field] = rng.choice((0, 0, 0, record[field]))
        record["af"] = rng.choice((0, 2, 10))
        return record
    for side in ("sa", "da"):
        value = int(random_address(rng)) if rng.random() < 0.9 else rng.getrandbits(128)
        for i in range(4):
            word = value >> 32 * (3 - i) & 0xFFFFFFFF
            limit = base.LIMITS[types[base.FIELDS.index(side + str(i))]][1]
            record[side + str(i)] = min(word, limit)
    if rng.random() < 0.9:
        record["af"] = 10 if record["sa0"] or record["da0"] else rng.choice((0, 2, 2, 10))
    if rng.random() < 0.8:
        for field in ("first", "last"):
            record[field] = BEGIN + rng.choice((0, 0, 1, 5, 60, -1, rng.randint(-10, 10)))
            record[field + "_ms"] = rng.choice((0, 250, 999, 1, rng.randint(0, 999)))
    for field in ("packets", "inif", "aggs", "sp"):
        record[field] = rng.choice((0, 1, 2, 3, record[field]))
    for field in ("sp", "dp"):
        record[field] = rng.choice((53, 80, 443, 1024, record[field]))
    record["prot"] = rng.choice(tuple(PROTOCOLS.values()))
    return record


class Derived(dict):
    """A record with the values that are made from its fields."""

    def __missing__(self, name):
        if not self:
            raise KeyError(name)
        return {"duration": duration, "rate": rate}[name](self)


def main():
    warnings.simplefilter("ignore")
    rng = random.Random(int(sys.argv[1]) if len(sys.argv) > 1 else 20150610)
    for name, types in SETS.items():
        records = [random_record(rng, types) for _ in range(N_RECORDS)]
        print("set", name)
        print("types", *("B" if t == "small" else t for t in types))
        for record in records:
            print("record", *record.values())
        n = 0
        while n < N_EXPRESSIONS:
            case = Case(rng)
            if len(case.text) > 240:
                continue
            tree = ast.parse(case.python.replace("proto ", "prot "), mode="eval").body
            answers = ""
            for record in records:
                try:
                    answers += "1" if evaluate(tree, Derived(record), case.literals) else "0"
                except base.NoValue:
                    answers += "!"
            if constants_fail(tree, case.literals):
                answers = "refused"
            if len(set(answers)) == 1 and rng.random() < 0.8:
                continue
            if answers == "refused" and rng.random() < 0.5:
                continue
            print(case.text + "\t" + answers)
            n += 1


if __name__ == "__main__":
    sys.exit(main())
