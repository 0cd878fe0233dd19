# SPDX-License-Identifier: GPL-3.0-or-later
# The usual table of histograms: six files from one scan, each as the single command gives it.
need_reference nfcapd
cat >job.yaml <<'END'
job: table
let: {data: nowhere, bins: 12}
input: $data/*.nfcapd
steps:
  hists:
    matrix: {proto: {all: "", tcp: prot==6, udp: prot==17}, x: [length, size]}
    hist: {x: $x, bin-exp: $bins, filter-expr: $proto}
    to: histograms/$proto.key/$x.csv
END
data=$WEIR_REFERENCE/nfcapd
for threads in 1 2 7; do
    rm -rf out
    weir run --no-manifest --threads $threads --let "data=$data" --output out job.yaml
    [ "$(grep -c ", 1 scan," stderr)" -eq 1 ] || fail "not one scan: $(cat stderr)"
    [ "$(grep -c ", shared scan," stderr)" -eq 5 ] || fail "not five that share it: $(cat stderr)"
    [ "$(find out -type f | wc -l)" -eq 6 ] || fail "not six files: $(find out)"
    for proto in all tcp udp; do
        case $proto in
        all) filter="" ;;
        tcp) filter="prot==6" ;;
        udp) filter="prot==17" ;;
        esac
        for x in length size; do
            [ -e single-$proto-$x.csv ] ||
                weir hist -x $x -b 12 --filter-expr "$filter" -O single-$proto-$x.csv \
                    "$data"/*.nfcapd
            same out/histograms/$proto/$x.csv single-$proto-$x.csv
        done
    done
done
[ "$(wc -l <single-tcp-size.csv)" -gt 100 ] || fail "the histograms are almost empty"
