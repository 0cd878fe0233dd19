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
weir help filter >help
echo "2, 6, 1, 2, 0, 0, 0, 9, 0, 0, 0, 1, 1024, 80, 1500000000, 1, 1500000001, 2, 3, 400, 0" >flow
sed -n '/^$/,/^$/ s/^  //p' help | head -4 >examples
[ "$(wc -l <examples)" -eq 4 ] || fail "no examples of filters"
while read -r example; do
    weir convert flow -o none --filter-expr "$example"
done <examples
for word in src dst ip port proto duration rate; do
    grep -q "^  .*\b$word\b" help || fail "the help of filters lacks $word"
done
tr '\n' ' ' <help | sed 's/.*Protocols, as numbers for prot: *//; s/, */\n/g' >protocols
[ "$(wc -l <protocols)" -gt 10 ] || fail "no protocols"
while read -r name number; do
    [ "$(weir convert flow -o csv_flow --filter-expr "$name == $number" | wc -l)" -eq 1 ] ||
        fail "the protocol $name is not $number"
done <protocols
weir help hist_np >help
grep -q "^usage: weir hist " help || fail "no help by alias"
[ ! -s stderr ] || fail "help on stderr"

status=0
"$WEIR" >stdout 2>stderr || status=$?
[ $status -eq 2 ] || fail "exit $status without a command"
[ ! -s stdout ] || fail "stdout without a command"
grep -q "^Commands:" stderr || fail "no overview without a command"
grep -q "^weir: expected a command" stderr || fail "no message without a command"
