# SPDX-License-Identifier: GPL-3.0-or-later
# The README's examples run: every sh block behind a line "<!-- test -->", in their order and in one
# directory, and the job that it shows. Totals are those of datasets/make_small.py.

awk '/^<!-- test -->$/ {marked = 1; next}
     marked && /^```sh$/ {inside = 1; marked = 0; blocks++; next}
     /^```$/ {inside = 0}
     inside {print}
     END {exit blocks >= 4 ? 0 : 1}' "$WEIR_SOURCE/README.md" >examples.sh || fail "README.md has too few examples"

ln -s "$WEIR_SOURCE/datasets" datasets
program_directory=$(dirname "$WEIR")
while IFS= read -r line; do
    if [[ $line = 'weir plot '* ]] && ! command -v gnuplot >/dev/null; then
        echo "left out, no gnuplot: $line"
        continue
    fi
    PATH=$program_directory:$PATH bash -euo pipefail -c "$line" >output 2>errors ||
        fail "README.md: $line: exit $?: $(cat errors)"
    case $line in
    *'--count-in 3 '*) [ "$(wc -l <output)" -eq 3 ] || fail "README.md: $line: $(wc -l <output) lines" ;;
    'weir hist '*' -O '*) ;;
    'weir hist '*) grep -q '^bin_lo,bin_hi,flows_sum' output || fail "README.md: $line: no histogram" ;;
    esac
done <examples.sh

# check_totals FILE: the histogram must hold all of the sample traffic.
check_totals() {
    local totals
    totals=$(awk -F, 'NR > 1 {f += $3; p += $4; o += $5} END {print f, p, o}' "$1")
    [ "$totals" = "7107 254514 135539239" ] || fail "$1: totals are $totals"
}
check_totals size.csv
check_totals length.csv
check_totals out/histograms/all/length.csv

# Reading back what the first example wrote as text gives the filtered trace again.
weir convert https -o csv_flow -O again.csv
same https.csv again.csv

awk '/^```yaml$/ {inside = 1; next} /^```$/ {inside = 0} inside' "$WEIR_SOURCE/README.md" >job.yaml
ln -s datasets/small small
weir run job.yaml --output job-out
for file in all/length all/size tcp/length tcp/size udp/length udp/size; do
    same "job-out/histograms/$file.csv" "out/histograms/$file.csv"
done
