# SPDX-License-Identifier: GPL-3.0-or-later
# Completion: the bash script is asked as bash would ask it, the zsh script inside a zsh on a
# terminal of its own; both know every command and every option that help shows.
weir completion bash >weir.bash
weir completion zsh >_weir
bash -n weir.bash
if command -v shellcheck >/dev/null; then
    shellcheck weir.bash
fi
# shellcheck disable=SC1091
source ./weir.bash
complete -p weir | grep -q -- '-F _weir' || fail "nothing is registered"
compopt() { echo "$*" >>asked; }

# offered WORD...: what bash would offer for the last word, sorted; and @default, @dirnames when it
# was asked to offer files or directories.
offered() {
    rm -f asked
    COMP_WORDS=(weir "$@")
    COMP_CWORD=$#
    _weir
    {
        [ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\n' "${COMPREPLY[@]}"
        [ ! -e asked ] || sed 's/^-o /@/' asked
    } | LC_ALL=C sort | paste -sd ' '
}

# expect "WORDS" WORD...
expect() {
    local want=$1 got
    shift
    got=$(offered "$@")
    [ "$got" = "$want" ] || fail "bash: weir $*: \"$got\" instead of \"$want\""
}

weir help | sed -n '/^Commands:/,/^$/s/^  \([a-z_]*\) .*/\1/p' >commands
while read -r command; do
    weir help "$command" | sed -n 's/^weir .*(also called \([a-z_]*\))$/\1/p'
done < <(grep -vx help commands) >aliases
all=$(LC_ALL=C sort commands aliases | paste -sd ' ')
expect "$all" ''
expect "$all" --quiet ''
expect "$all" --threads 2 --log = json ''
expect "$( (echo filter; cat commands aliases) | LC_ALL=C sort | paste -sd ' ')" help ''
expect 'filter fit' help f
expect 'csv_hist mixture' generate -i ''
expect 'binary csv_flow none pipe' generate -o ''
expect 'hist hist_np' hi
expect 'hist hist_np' help hi
expect 'bash zsh' completion ''
expect '--threads' --th
while read -r command; do
    [ "$command" != help ] || continue
    weir help "$command" |
        sed -n 's/^  \(-[A-Za-z]\), \(--[a-z0-9-]*\).*/\1\n\2/p; s/^      \(--[a-z0-9-]*\).*/\1/p' >names
    [ "$(wc -l <names)" -ge 10 ] || fail "options of $command: $(cat names)"
    expect "$(LC_ALL=C sort names | paste -sd ' ')" "$command" -
    while read -r name; do
        expect "$(grep -e "^$name" names | LC_ALL=C sort | paste -sd ' ')" "$command" "$name"
    done <names
done <commands

for hist in hist hist_np; do
    expect 'duration length rate size' $hist -x ''
    expect 'duration length rate size' --quiet $hist input --x-value ''
    expect 'duration length rate size' $hist --x-value =
    expect 'size' $hist --x-value = s
    expect '--x-value=size' $hist --x-value=s
    expect 'aggs duration rate' $hist -c duration -c ''
    expect 'csv_hist none' $hist -o ''
    expect 'binary csv_flow csv_hist nfcapd pipe' $hist -i ''
done
expect 'csv json markdown text' compare -o ''
expect '@default' compare --hist ''
expect 'none pdf png svg' plot --format ''
expect 'comp comp_labels comp_stack hist kde points' plot -P ''
expect '@default' compare ''
expect 'binary csv_flow nfcapd pipe' convert -i ''
expect 'binary csv_flow none pipe' convert --out-format ''
expect 'json text' convert --log ''
expect 'json' --log = j
expect '' hist --bin-exp ''
expect '@default' hist ''
expect '@default' hist -x size in
expect '@default' hist -O ''
expect '@default' hist -- -
expect '@dirnames' run --scratch ''
expect '' version ''

if ! command -v zsh >/dev/null; then
    echo "no zsh: its script was not tried"
    return 0
fi
zsh -n _weir
while read -r name; do
    grep -qE "^        '$name:" _weir || fail "zsh: no command $name"
done < <(cat commands aliases)
cat >offer.zsh <<'END'
# offer.zsh LINE: what zsh offers behind LINE goes to ./offers.
zmodload zsh/zpty
zpty shell zsh -f -i
line() { zpty -w shell "$1" }
line 'PROMPT=; autoload -Uz compinit && compinit -u -D && source ./_weir; bindkey "^I" complete-word'
line 'compadd() {
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return $?; fi
    local -a hits; builtin compadd -A hits "$@"; [[ -z $hits ]] || print -l -- $hits >>offers
}'
line 'finish() { print >>finished; exit; }; comppostfuncs=(finish); print >ready'
wait_for() { for ((i = 0; i < 300; i++)); do [[ -e $1 ]] && return; sleep 0.1; done; exit 1 }
wait_for ready
zpty -w -n shell "$1"$'\t'
wait_for finished
zpty -d shell
END

# expect_zsh "WORDS" LINE
expect_zsh() {
    local got
    rm -f ready finished
    : >offers
    zsh -f offer.zsh "$2" </dev/null >/dev/null 2>&1 || fail "zsh: no answer to $2"
    got=$(LC_ALL=C sort -u offers | paste -sd ' ')
    [ "$got" = "$1" ] || fail "zsh: $2: \"$got\" instead of \"$1\""
}

expect_zsh "$all" 'weir '
expect_zsh 'filter fit' 'weir help f'
expect_zsh 'hist hist_np' 'weir help hi'
expect_zsh 'duration length rate size' 'weir --threads 2 hist_np in -x '
expect_zsh 'csv_hist none' 'weir hist --out-format='
weir help hist |
    sed -n 's/^  \(-[A-Za-z]\), \(--[a-z0-9-]*\).*/\1\n\2/p; s/^      \(--[a-z0-9-]*\).*/\1/p' >names
expect_zsh "$(LC_ALL=C sort names | paste -sd ' ')" 'weir hist -'
expect_zsh '' 'weir hist -b '
