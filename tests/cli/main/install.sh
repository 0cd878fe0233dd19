# SPDX-License-Identifier: GPL-3.0-or-later
# What cmake --install puts where: the program, and the pages and scripts that this program prints.
build=$(dirname "$WEIR")
need_program cmake
if [ ! -d "$build/share/man" ]; then
    echo "SKIPPED: this build prints no pages"
    exit 77
fi
cmake --install "$build" --prefix "$PWD/root" >log || fail "cmake --install: $(cat log)"
[ -x root/bin/weir ] || fail "no program"
weir man -O man
mkdir man/man1 man/man7
mv man/*.1 man/man1
mv man/*.7 man/man7
diff -r man root/share/man || fail "other pages than the program prints"
weir completion bash | cmp - root/share/bash-completion/completions/weir
weir completion zsh | cmp - root/share/zsh/site-functions/_weir
