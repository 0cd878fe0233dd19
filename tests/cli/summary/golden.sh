# SPDX-License-Identifier: GPL-3.0-or-later
# Small histograms whose summaries are worked out by hand, in every format.
#
# 3 flows of 1 packet, 1 of 2, 1 of 4 to 7 (6 packets): 5 flows, 11 packets, 1100 octets. Up to 4
# packets: 4 + 1/4 flows of 5, 5 + 6/4 packets of 11, 500 + 600/4 octets of 1100.
cat >h.csv <<'END_OF_FILE'
bin_lo,bin_hi,flows_sum,packets_sum,octets_sum,duration_sum,rate_sum
1,2,3,3,300,0,0
2,3,1,2,200,1001,1600
4,8,1,6,600,2000,2400
END_OF_FILE
rows() { # of the points from 8 on
    for ((x = 8; x <= 16777216; x *= 2)); do
        echo "$x $1"
    done
}
weir summary --title '50 % of a_b' --quantiles 0 0.6 0.61 0.850 1 -O got.tex h.csv
{
    cat <<'END_OF_FILE'
\begin{tabular}{@{}lrr@{}}
\toprule
\textbf{Dataset name} & 50 \% of a\_b & \\
\textbf{Exporter} & XXX & \\
\textbf{L2 technology} & XXX & \\
\textbf{Sampling rate} & none & \\
\textbf{Active timeout} & XXX & seconds \\
\textbf{Inactive timeout} & XXX & seconds \\
\midrule
\textbf{Number of flows} & 5 & flows \\
\textbf{Number of packets} & 11 & packets \\
\textbf{Number of octets} & 1 100 & octets \\
\textbf{Average flow length} & 2.200000 & packets \\
\textbf{Average flow size} & 220.000000 & bytes \\
\textbf{Average flow duration} & 600.200000 & milliseconds \\
\textbf{Average flow rate} & 800.000000 & bps \\
\textbf{Average packet size} & 100.000000 & bytes \\
\bottomrule
\end{tabular}


\begin{tabular}{@{}lrrr@{}}
\toprule
\textbf{Flows of length up to} & \multicolumn{3}{c}{\textbf{Make up \%}} \\
\cmidrule(lr){2-4}
\multicolumn{1}{c}{(packets)} & of flows & of packets & of octets \\
\midrule
1 & 60.0000 & 27.2727 & 27.2727 \\
2 & 80.0000 & 45.4545 & 45.4545 \\
4 & 85.0000 & 59.0909 & 59.0909 \\
END_OF_FILE
    rows "& 100.0000 & 100.0000 & 100.0000 \\\\"
    cat <<'END_OF_FILE'
\bottomrule
\end{tabular}


\begin{tabular}{@{}lrrr@{}}
\toprule
\textbf{Quantile of length} & \multicolumn{3}{c}{\textbf{Up to}} \\
\cmidrule(lr){2-4}
\multicolumn{1}{c}{(packets)} & of flows & of packets & of octets \\
\midrule
0 & 1 & 1 & 1 \\
0.6 & 1 & 5 & 5 \\
0.61 & 2 & 5 & 5 \\
0.850 & 4 & 6 & 6 \\
1 & 7 & 7 & 7 \\
\bottomrule
\end{tabular}


END_OF_FILE
} >want.tex
same got.tex want.tex

# flow-models: up to 4 packets all; in between nothing is there; at lower edges all of a bin.
weir summary --compat h.csv >got.tex
{
    sed '/^\\midrule$/,/^\\bottomrule$/!d; /Average flow size/d' want.tex | sed '1,/bottomrule/!d' >facts
    grep '^[124] &' got.tex
} >got
cat >want <<'END_OF_FILE'
1 & 60.0000 & 27.2727 & 27.2727 \\
2 & 80.0000 & 45.4545 & 45.4545 \\
4 & 100.0000 & 100.0000 & 100.0000 \\
END_OF_FILE
same got want
sed '/^\\midrule$/,/^\\bottomrule$/!d' got.tex | sed '1,/bottomrule/!d' | same - facts
[ "$(grep -c ' & nan & nan & nan ' got.tex)" -eq 22 ] || fail "$(cat got.tex)"
# 2 packets to a bin at 8: flow-models draws a line from 2 to 8, weir none.
sed 's/^4,8,/8,9,/; s/,6,600/,8,600/' h.csv >gap.csv
weir summary --compat gap.csv >got.tex
grep -q '^4 & 86.6667 & 58.9744 & 63.6364 ' got.tex || fail "$(grep '^4 ' got.tex)"
weir summary gap.csv >got.tex
grep -q '^4 & 80.0000 & 38.4615 & 45.4545 ' got.tex || fail "$(grep '^4 ' got.tex)"

cut -d, -f1-5 h.csv >tcp.csv
sed 2d tcp.csv >udp.csv
weir summary -o text --title a --title 'ü' --quantiles 0.5 -- tcp.csv udp.csv >got
{
    cat <<'END_OF_FILE'
                              a           ü
Number of flows               5           2  flows
Number of packets            11           8  packets
Number of octets          1 100         800  octets
Average flow length    2.200000    4.000000  packets
Average flow size    220.000000  400.000000  bytes
Average packet size  100.000000  100.000000  bytes

Flows of length up to (packets)  a: % of flows  a: % of packets  a: % of octets  ü: % of flows  ü: % of packets  ü: % of octets
1                                      60.0000          27.2727         27.2727         0.0000           0.0000          0.0000
2                                      80.0000          45.4545         45.4545        50.0000          25.0000         25.0000
4                                      85.0000          59.0909         59.0909        62.5000          43.7500         43.7500
END_OF_FILE
    rows '100.0000 100.0000 100.0000 100.0000 100.0000 100.0000' | while read -r x a b c d e f; do
        printf '%-31s  %13s  %15s  %14s  %13s  %15s  %14s\n' "$x" "$a" "$b" "$c" "$d" "$e" "$f"
    done
    cat <<'END_OF_FILE'

Quantile of length (packets)  a: of flows  a: of packets  a: of octets  ü: of flows  ü: of packets  ü: of octets
0.5                                     1              4             4            2              5             5
END_OF_FILE
} >want
same got want

weir summary -o markdown --title $'|\n' tcp.csv >got
head -n 1 got | same - <(echo '|                     |        \|? |         |')
weir summary -o markdown tcp.csv >got
{
    cat <<'END_OF_FILE'
|                     |    tcp.csv |         |
| ------------------- | ---------: | ------- |
| Number of flows     |          5 | flows   |
| Number of packets   |         11 | packets |
| Number of octets    |      1 100 | octets  |
| Average flow length |   2.200000 | packets |
| Average flow size   | 220.000000 | bytes   |
| Average packet size | 100.000000 | bytes   |

| Flows of length up to (packets) | % of flows | % of packets | % of octets |
| ------------------------------- | ---------: | -----------: | ----------: |
| 1                               |    60.0000 |      27.2727 |     27.2727 |
| 2                               |    80.0000 |      45.4545 |     45.4545 |
| 4                               |    85.0000 |      59.0909 |     59.0909 |
END_OF_FILE
    rows 100.0000 | while read -r x a; do
        printf '| %-31s | %10s | %12s | %11s |\n' "$x" "$a" "$a" "$a"
    done
} >want
same got want

# Several ones in TeX: names above, a column each; the one without durations has none.
weir summary --title all --title udp h.csv udp.csv >got.tex
while read -r line; do
    grep -qxF -- "$line" got.tex || fail "no $line in $(cat got.tex)"
done <<'END_OF_FILE'
\begin{tabular}{@{}lrrr@{}}
\textbf{Dataset name} & all & udp & \\
\textbf{Active timeout} & XXX & XXX & seconds \\
\textbf{Number of octets} & 1 100 & 800 & octets \\
\textbf{Average flow duration} & 600.200000 & - & milliseconds \\
\begin{tabular}{@{}lrrrrrr@{}}
\textbf{Flows of length up to} & \multicolumn{3}{c}{\textbf{all: \%}} & \multicolumn{3}{c}{\textbf{udp: \%}} \\
\cmidrule(lr){2-4} \cmidrule(lr){5-7}
4 & 85.0000 & 59.0909 & 59.0909 & 62.5000 & 43.7500 & 43.7500 \\
END_OF_FILE

# An empty histogram: totals of 0, nothing else known.
head -n 1 tcp.csv >empty.csv
weir summary -o text --quantiles 0.5 -- empty.csv >got
grep -qE '^Number of flows +0  flows$' got || fail "$(cat got)"
grep -qE '^Average flow size +-  bytes$' got || fail "$(cat got)"
[ "$(grep -cE '^[0-9.]+ +- +- +-$' got)" -eq 26 ] || fail "$(cat got)"
weir summary --compat empty.csv >got.tex
[ "$(grep -c ' & nan & nan & nan ' got.tex)" -eq 25 ] || fail "$(cat got.tex)"
weir summary empty.csv tcp.csv >/dev/null

# Where flow-models gives the same shares there is nothing to tell: a bin at each of its points.
{
    head -n 1 tcp.csv
    for ((x = 1; x <= 16777216; x *= 2)); do
        echo "$x,$((x + 1)),1,$x,$((x * 60))"
    done
} >same.csv
weir summary -o text same.csv >/dev/null
[ "$(wc -l <stderr)" -eq 1 ] || fail "$(cat stderr)"
weir summary -o text h.csv >/dev/null
grep -q 'note: shares differ' stderr || fail "$(cat stderr)"
