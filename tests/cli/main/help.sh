# SPDX-License-Identifier: GPL-3.0-or-later
# Help: every way to ask for it, and what comes when nothing is asked.
weir help >overview
weir --help >overview_2
weir -h >overview_3
same overview overview_2
same overview overview_3
for command in convert hist run version; do
    grep -q "^  $command " overview || fail "the overview lacks $command"
    weir help $command >help
    weir $command --help >help_2
    weir $command -h --nonsense >help_3
    weir --help $command >help_4
    weir --threads 2 $command --threads 1 --help >help_5
    for i in 2 3 4 5; do
        same help help_$i
    done
    grep -q "^usage: weir $command \[options\]" help || fail "no usage line for $command"
    grep -q -- "--memory SIZE" help || fail "no global options in the help of $command"
    awk 'length > 100' help | grep . && fail "long lines in the help of $command"
done
for command in convert hist; do
    weir help $command >help
    for field in af sa3 dp first_ms octets aggs; do
        grep -q "^  $field  *[a-z]" help || fail "the help of $command does not explain $field"
    done
done
weir help hist_np >help
grep -q "^usage: weir hist " help || fail "no help by alias"
[ ! -s stderr ] || fail "help on stderr"

status=0
"$WEIR" >stdout 2>stderr || status=$?
[ $status -eq 2 ] || fail "exit $status without a command"
[ ! -s stdout ] || fail "stdout without a command"
grep -q "^Commands:" stderr || fail "no overview without a command"
grep -q "^weir: expected a command" stderr || fail "no message without a command"
