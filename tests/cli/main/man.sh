# SPDX-License-Identifier: GPL-3.0-or-later
# Man pages: one for every command and alias, with every option that help shows, and one for filters
# that tells what help does; groff and mandoc
# find nothing to complain about, and what they print shows texts character by character.
need_program groff
weir man -O pages/man1
weir man >weir.1
same weir.1 pages/man1/weir.1
weir help | sed -n '/^Commands:/,/^$/s/^  \([a-z_]*\) .*/\1/p' | grep -vx help >commands
[ "$(wc -l <commands)" -ge 6 ] || fail "commands: $(cat commands)"

# options HELP: the long options, and the short ones, of a help text.
options() {
    sed -n 's/^  \(-[A-Za-z]\), \(--[a-z0-9-]*\).*/\1\n\2/p; s/^      \(--[a-z0-9-]*\).*/\1/p' "$1"
}

# read_page FILE: FILE as text, without warnings, in lines of any length; to ./text.
read_page() {
    groff -man -Tascii -ww -rLL=1000n -P-c -P-b -P-o -P-u "$1" >text 2>complaints || fail "$1: groff: exit $?"
    [ ! -s complaints ] || fail "$1: groff: $(cat complaints)"
}

while read -r command; do
    page=pages/man1/weir-$command.1
    [ -s "$page" ] || fail "no page for $command"
    weir man "$command" >page
    same page "$page"
    read_page "$page"
    weir help "$command" >help
    options help >names
    [ "$(wc -l <names)" -ge 10 ] || fail "options of $command: $(cat names)"
    while read -r name; do
        grep -qE -- "^ *(-[A-Za-z], )?$name( |,|\$)" text || fail "the page of $command lacks $name"
    done <names
    for section in NAME SYNOPSIS DESCRIPTION 'GLOBAL OPTIONS' EXAMPLES 'EXIT STATUS' ENVIRONMENT 'SEE ALSO'; do
        grep -qx "$section" text || fail "the page of $command lacks $section"
    done
    grep -qF -- "$(tail -n 1 help | sed 's/^ *//')" text || fail "the page of $command lacks the example"
done <commands

read_page weir.1
while read -r command; do
    grep -qE "^ *$command( |\$)" text || fail "weir(1) lacks $command"
    grep -qF "weir-$command(1)" text || fail "weir(1) does not point to $command"
done <commands

read_page pages/man1/weir-hist.1
grep -qF "'prot == tcp and port in {80, 443} and src in 10.0.0.0/8'" text || fail "the filter example is garbled"
grep -qF '2^max(0, bits(x) - N)' text || fail "the bin width is garbled"
grep -q '^weir-hist, weir-hist_np - ' <(sed 's/^ *//' text) || fail "no alias in NAME"
[ "$(cat pages/man1/weir-hist_np.1)" = '.so man1/weir-hist.1' ] || fail "no page for the alias"
# weir-filter(7): the words of the help, in their order, between NAME and SEE ALSO.
page=pages/man1/weir-filter.7
weir man filter >page
same page "$page"
read_page "$page"
sed -n '/^DESCRIPTION/,/^SEE ALSO/p' text | sed '1d;$d' | tr -s '[:space:]' '\n' | tr '[:lower:]' '[:upper:]' | sed '/^$/d' >words
weir help filter | sed 's/^\([A-Z].*\):$/\1/' | tr -s '[:space:]' '\n' | tr '[:lower:]' '[:upper:]' | sed '/^$/d' >want
same words want
grep -q '^weir-filter - ' <(sed 's/^ *//' text) || fail "no NAME"
for section in SYNOPSIS FIELDS 'MADE OF FIELDS' 'SEE ALSO'; do
    grep -qx "$section" text || fail "weir-filter(7) lacks $section"
done
grep -qF "weir-hist(1)" text || fail "weir-filter(7) does not point to hist"
for page in weir weir-hist; do
    read_page "pages/man1/$page.1"
    grep -qF "weir-filter(7)" text || fail "$page(1) does not point to filters"
done

if command -v mandoc >/dev/null; then
    for page in pages/man1/*.[17]; do
        grep -q '^\.so ' "$page" && continue
        # Pages carry no date, so that builds can be reproduced.
        mandoc -Tlint -W warning "$page" >complaints 2>&1 || true
        grep -v 'missing date' complaints && fail "$page: mandoc complains"
    done
fi

weir man hist_np >page
same page pages/man1/weir-hist.1
expect_failure 2 'expected a command, but found "hits"' man hits
expect_failure 2 'expected one command, but found 2' man hist run
expect_failure 2 'expected no command, but found "hist"' man -O other hist
[ ! -e other ] || fail "pages were written in spite of a mistake"
echo >file
expect_failure 1 'file/weir.1' man -O file
