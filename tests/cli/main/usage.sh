# SPDX-License-Identifier: GPL-3.0-or-later
# Mistakes on the command line: exit 2, a message that names them, a hint, and no output.
usage() {
    expect_failure 2 "$@"
    [ ! -s stdout ] || fail "output on stdout: $*"
    [ "$(wc -l <stderr)" -eq 2 ] || fail "not two lines: $(cat stderr)"
    tail -n 1 stderr | grep -q "^try: weir " || fail "no hint: $(cat stderr)"
}
printf '' >in

usage 'weir: unknown command "hits"; did you mean "hist"?' hits
usage 'weir: unknown command "zzz"' zzz
usage 'weir: unknown command "zzz"' help zzz
usage 'weir: help: expected one command, but found 2' help hist run
usage 'weir: unknown option --nonsense' --nonsense
usage 'weir: option --threads: expected N after it' --threads
usage 'weir: option --threads: expected an integer from 1 to 1024, but found "0"' --threads 0 version
usage 'weir: version: option --threads: expected an integer from 1 to 1024' version --threads 1025
usage 'weir: version: expected no operand, but found "in"' version in
usage 'weir: version: option --log: expected one of text, json, but found "xml"' version --log xml
usage 'weir: version: option --memory: expected at least 64M' version --memory 63M
usage 'weir: version: option --memory: expected a size' version --memory much
usage 'weir: version: option --scratch: in: ' version --scratch in
usage 'weir: version: option --scratch: nowhere: No such file' version --scratch nowhere
usage 'weir: convert: expected PATH..., but found no operand' convert
usage 'weir: convert: expected PATH..., but operand 2 is empty' convert in ''
usage 'weir: convert: unknown option --outptu; did you mean --output?' convert --outptu x in
usage 'weir: convert: option --skip is ambiguous: --skip-in, --skip-out' convert --skip 3 in
usage 'weir: convert: option --count-in: expected an integer of 64 bits, but found "3x"' convert --count-in=3x in
usage 'weir: convert: option -O: expected PATH, but found option "-q"' convert in -O -q
usage 'weir: convert: option --salvage takes no value' convert --salvage=1 in
tail -n 1 stderr | grep -qx 'try: weir convert --help' || fail "hint: $(cat stderr)"
WEIR_CPU=sse usage 'weir: version: WEIR_CPU: expected ref, avx2 or avx512, but found "sse"' version
WEIR_FAIL_ALLOC=x usage 'weir: WEIR_FAIL_ALLOC: expected a count' version
