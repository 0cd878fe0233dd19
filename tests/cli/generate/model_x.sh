# SPDX-License-Identifier: GPL-3.0-or-later
# Lengths taken for sizes, or sizes for lengths, are warned of.
for proto in all tcp udp; do
    for x in length size; do
        for options in "" "-x size" "-x length"; do
            want=no
            [ "$x$options" != size ] || want="taken for a model of lengths.*use -x size"
            [ "$x$options" != "length-x size" ] || want="taken for a model of sizes"
            # shellcheck disable=SC2086
            "$WEIR" generate -s 10 $options -O got "$WEIR_SOURCE/datasets/models/$proto/$x" 2>stderr
            [ "$(grep -c warning stderr)" -eq "$([ "$want" = no ] && echo 0 || echo 1)" ] || fail "$(cat stderr)"
            [ "$want" = no ] || grep -q "warning: .*$proto/$x: $want" stderr || fail "$(cat stderr)"
        done
    done
done
