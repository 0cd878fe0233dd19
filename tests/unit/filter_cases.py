#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes filter_cases.txt: random filter expressions with the answers of Python.

Python parses the text, so precedence and chains are its own; values are computed with its integers,
every operand of every operator (no short circuit), with an error beyond 128 bits, and with ~ of a
truth value as `not`. Run it here; the output depends on nothing else:

    ./filter_cases.py > filter_cases.txt

Lines:  set NAME            starts a set of records
        types CODE...       type code of each of the 21 columns
        record VALUE...     a record
        EXPRESSION<tab>ANSWERS
ANSWERS has one letter per record of the set: 0, 1, or ! for an error; or is the word `refused` when
the error lies in the constants of the expression.
"""

import ast
import operator
import random
import sys
import warnings

FIELDS = ("af prot inif outif sa0 sa1 sa2 sa3 da0 da1 da2 da3 sp dp first first_ms last last_ms "
          "packets octets aggs").split()
LIMITS = {code: (-(1 << bits - 1), (1 << bits - 1) - 1) if code.islower() else (0, (1 << bits) - 1)
          for bits, pair in ((8, "bB"), (16, "hH"), (32, "iI"), (64, "qQ")) for code in pair}
SETS = {
    "default": "B B H H I I I I I I I I H H I H I H Q Q I".split(),
    "signed": "b B h H i I q Q b B h H i I q Q b h i q Q".split(),
    "small": ["small"] * 21,
}
N_RECORDS = 12
N_EXPRESSIONS = 1000
BINARY = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_, ast.BitXor: operator.xor, ast.RShift: operator.rshift,
}
COMPARE = {ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
           ast.Eq: operator.eq, ast.NotEq: operator.ne}


class NoValue(Exception):
    """The expression has no value for this record."""


def checked(value):
    if not -(1 << 127) <= value < 1 << 127:
        raise NoValue
    return value


def shift_left(a, b):
    if b < 0 or (a != 0 and b > 200):
        raise NoValue
    return a << b if a else 0


def evaluate(node, record):
    if isinstance(node, ast.Constant):
        return checked(node.value)
    if isinstance(node, ast.Name):
        return record[node.id]
    if isinstance(node, ast.UnaryOp):
        value = evaluate(node.operand, record)
        if isinstance(node.op, ast.Invert):
            return not value if isinstance(value, bool) else ~value
        return checked(-value if isinstance(node.op, ast.USub) else +value)
    if isinstance(node, ast.BinOp):
        a, b = evaluate(node.left, record), evaluate(node.right, record)
        if isinstance(node.op, ast.LShift):
            return checked(shift_left(a, b))
        if isinstance(node.op, ast.RShift) and b > 1000:
            b = 1000
        try:
            return checked(BINARY[type(node.op)](a, b))
        except (ZeroDivisionError, ValueError):
            raise NoValue from None
    if isinstance(node, ast.Compare):
        values = [evaluate(operand, record) for operand in [node.left] + node.comparators]
        return all([COMPARE[type(op)](a, b) for op, a, b in zip(node.ops, values, values[1:])])
    raise AssertionError(ast.dump(node))


def constants_fail(tree):
    """True when some part without names has no value."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.expr,)) and not any(isinstance(n, ast.Name)
                                                     for n in ast.walk(node)):
            try:
                evaluate(node, {})
            except NoValue:
                return True
    return False


def random_value(rng, code):
    if code == "small":
        return rng.choice((0, 1, 2, 3, 6, 17, 64, 100, 127))
    lo, hi = LIMITS[code]
    kind = rng.random()
    if kind < 0.4:
        return rng.choice((lo, hi, max(lo, -1), 0, 1, lo + 1, hi - 1, hi // 2 + 1))
    if kind < 0.7:
        return rng.randint(0, 127)
    return max(lo, min(hi, rng.getrandbits(rng.randint(1, 64)) * rng.choice((1, 1, -1))))


def random_number(rng):
    kind = rng.random()
    if kind < 0.5:
        value = rng.choice((0, 1, 2, 3, 4, 6, 7, 8, 17, 63, 64, 80, 100, 127, 128, 255, 256))
    elif kind < 0.8:
        value = max(0, (1 << rng.randint(0, 66)) + rng.randint(-1, 1))
    elif kind < 0.97:
        value = rng.getrandbits(rng.randint(1, 40))
    else:
        value = rng.getrandbits(127) | 1 << 126
    text = rng.choice(("%d", "%d", "%d", "0x%x", "0X%X", "0o%o", "b")).replace("b", "%d") % value
    if rng.random() < 0.1:
        text = bin(value)
    if rng.random() < 0.1 and len(text) > 4:
        text = text[:-2] + "_" + text[-2:]
    return text


def random_operand(rng, depth):
    kind = rng.random()
    text = (rng.choice(FIELDS) if kind < 0.6 or depth <= 0 and kind < 0.8
            else random_number(rng) if kind < 0.8
            else "(" + random_text(rng, depth - 1) + ")")
    while rng.random() < 0.15:
        text = rng.choice("--+~~") + rng.choice(("", "", " ")) + text
    return text


def random_text(rng, depth):
    """Operands and operators side by side: what belongs together is left to the parser."""
    text = random_operand(rng, depth)
    for _ in range(rng.choice((0, 1, 1, 1, 2, 2, 3, 4))):
        op = rng.choice("< <= > >= == != == < & & & | | ^ << >> + + - - * * // //  % %".split())
        blank = rng.choice(("", " "))
        text += blank + op + blank + random_operand(rng, depth)
    return text


def main():
    warnings.simplefilter("ignore")
    rng = random.Random(20150610)
    for name, types in SETS.items():
        records = [{f: random_value(rng, t) for f, t in zip(FIELDS, types)}
                   for _ in range(N_RECORDS)]
        print("set", name)
        print("types", *("B" if t == "small" else t for t in types))
        for record in records:
            print("record", *record.values())
        n = 0
        while n < N_EXPRESSIONS:
            text = random_text(rng, 2)
            if len(text) > 90:
                continue
            tree = ast.parse(text, mode="eval").body
            answers = ""
            for record in records:
                try:
                    answers += "1" if evaluate(tree, record) else "0"
                except NoValue:
                    answers += "!"
            if constants_fail(tree):
                answers = "refused"
            if answers.strip("!") == "" and rng.random() < 0.7:
                continue
            if len(set(answers)) == 1 and rng.random() < 0.6:
                continue
            print(text + "\t" + answers)
            n += 1


if __name__ == "__main__":
    sys.exit(main())
