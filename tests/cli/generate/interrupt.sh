# SPDX-License-Identifier: GPL-3.0-or-later
# SIGINT and SIGTERM in the middle of records without end: 130 and 143, no output.
printf 'bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n1,2,50,50,5000\n4,8,20,100,3000\n' >h.csv
while read -r signal output; do
    status=0
    # shellcheck disable=SC2086
    timeout --signal "$signal" --preserve-status 1 \
        "$WEIR" -q --no-sync --threads 2 generate -s 1000000000000000 $output h.csv 2>stderr || status=$?
    [ $status -eq $((128 + $(kill -l "$signal"))) ] || fail "$signal: exit $status: $(cat stderr)"
    grep -q '^weir: interrupted$' stderr || fail "$signal: $(cat stderr)"
done <<'END'
INT -o none
TERM -o binary -O trace
TERM -O out.csv
END
[ "$(find . -mindepth 1 | sort | paste -sd' ')" = "./h.csv ./stderr" ] || fail "left behind: $(ls -A)"
