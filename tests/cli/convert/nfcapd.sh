# SPDX-License-Identifier: GPL-3.0-or-later
# Every reference nfcapd file gives the records of its nfdump text, without nfdump's phantom lines.
need_reference nfcapd
n=0
for text in "$WEIR_REFERENCE"/nfcapd/*.pipe.gz; do
    file=${text%.pipe.gz}
    # Fields of pipe text in csv_flow order; a phantom line is all zero from field 5 on, and the next
    # line has its times.
    gzip -dc "$text" | awk -F'|' '
        function emit(    first, last) {
            first = F[2]; last = F[3]
            printf "%s, %s, %s, %s", F[1], F[4], F[17], F[18]
            for (i = 5; i <= 8; i++) printf ", %s", F[i]
            for (i = 10; i <= 13; i++) printf ", %s", F[i]
            printf ", %s, %s, %d, %d, %d, %d, %s, %s, 0\n", F[9], F[14], int(first / 1000),
                   first % 1000, int(last / 1000), last % 1000, F[21], F[22]
        }
        {
            if (have && !(zero && F[2] == $2 && F[3] == $3)) emit()
            zero = 1
            for (i = 1; i <= NF; i++) { F[i] = $i; if (i > 4 && $i != 0) zero = 0 }
            have = 1
        }
        END { if (have) emit() }' >want.csv
    for threads in 1 2 7; do
        weir convert --threads $threads -O got.csv "$file"
        same got.csv want.csv
    done
    gzip -dc "$text" | weir convert -i pipe - >got.csv
    same got.csv want.csv
    phantoms=$(($(gzip -dc "$text" | wc -l) - $(wc -l <want.csv)))
    [ $phantoms -eq 0 ] || grep -q ", $phantoms phantom line" stderr ||
        fail "$phantoms phantom lines are not reported: $(cat stderr)"
    n_phantoms=$((${n_phantoms:-0} + phantoms))
    weir convert -o binary -O trace "$file"
    weir convert trace >got.csv
    same got.csv want.csv
    n=$((n + 1))
done
[ "$n_phantoms" -eq 735 ] || fail "$n_phantoms phantom lines"
[ "$n" -ge 8 ] || fail "only $n reference files"
