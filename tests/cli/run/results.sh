# SPDX-License-Identifier: GPL-3.0-or-later
# Steps that read results: tables and pages of a job are those of the same commands by hand, and
# are made again when what they show has changed.
need_program python3
cat >job.yaml <<END
job: small
output: out
input: {path: $WEIR_SOURCE/datasets/small/*, in-format: nfcapd}
steps:
  page: {report: , to: report.html}
  hist: {matrix: {x: [length, size]}, hist: {x: \$x}, to: hist/\$x.csv}
  fit:
    matrix: {n: ["2", "3"]}
    fit: {lognorm: \$n, i: 5, y: [flows, octets]}
    from: hist
    to: fit/\$n/\$x
  quality:
    matrix: {x: [length, size]}
    compare: {y: [flows, octets], o: csv}
    from: [hist, fit]
    to: quality/\$x.csv
  copy: {convert: {out-format: csv_flow}, to: copy.csv}
END
# ran STEPS...: these steps ran, and no others.
ran() {
    weir run --log json job.yaml
    python3 - "$@" <<'END'
import json, sys
got = [line['command'] for line in map(json.loads, open('stderr')) if 'records_used' in line]
assert sorted(got) == sorted(sys.argv[1:]), got
assert not got or got[-1] == 'page', got
END
}
fits=('fit[n=2,x=length]' 'fit[n=3,x=length]' 'fit[n=2,x=size]' 'fit[n=3,x=size]')
ran 'hist[x=length]' 'hist[x=size]' "${fits[@]}" 'quality[x=length]' 'quality[x=size]' copy page

for x in length size; do
    weir compare -y flows octets -o csv out/fit/2/$x out/fit/3/$x --hist out/hist/$x.csv >byhand.csv
    same byhand.csv out/quality/$x.csv
    weir compare -y flows octets -o csv out/hist/$x.csv out/fit/2/$x out/fit/3/$x >byhand.csv
    same byhand.csv out/quality/$x.csv
    [ "$(wc -l <byhand.csv)" -eq 5 ] || fail "rows: $(cat byhand.csv)"
done

# The page has all histograms and models, and all steps but itself.
show() {
    python3 - "$1" <<'END'
import json, re, sys
data = json.loads(re.search(r'<script type="application/json".*?>(.*?)</script>',
                            open(sys.argv[1]).read(), re.S)[1])
hists = [(h['path'], sorted(m['path'] for m in h['models'])) for h in data['histograms']]
steps = sorted(s['step'] for m in data['manifests'] for s in m['steps'])
print(data['title'], data['directory'], hists, *steps, *data['warnings'])
END
}
want="small out [('hist/length.csv', ['fit/2/length', 'fit/3/length']), \
('hist/size.csv', ['fit/2/size', 'fit/3/size'])] copy fit[n=2,x=length] fit[n=2,x=size] \
fit[n=3,x=length] fit[n=3,x=size] hist[x=length] hist[x=size] quality[x=length] quality[x=size]"
[ "$(show out/report.html)" = "$want" ] || fail "the page shows: $(show out/report.html)"

# The plan tells what would run; axes that choose among instances are of use.
touch out/fit/3/size/flows.json
weir run --dry-run job.yaml >plan
[ "$(grep -c 'is as it was' plan)" -eq 7 ] || fail "$(cat plan)"
grep -q 'out/report.html$' plan && ! grep -q 'out/fit/3/size$' plan && fail "$(cat plan)"
weir run --dry-run --all job.yaml | grep -q 'is as it was' && fail "--all leaves some out"
grep -q warning stderr && fail "$(cat stderr)"
ran 'fit[n=3,x=size]' 'quality[x=size]' page

# Nothing has changed; then something that the page reads, and something that it does not.
ran
(cd / && weir run "$OLDPWD/job.yaml") # paths are told as seen from the job file
grep -q '10 of 10 steps are as they were' stderr || fail "$(cat stderr)"
touch out/fit/3/size/flows.json
ran 'fit[n=3,x=size]' 'quality[x=size]' page
rm out/copy.csv
ran copy page
rm out/report.html
ran page
[ "$(show out/report.html)" = "$want" ] || fail "the page shows: $(show out/report.html)"
cp out/report.html before.html
weir run --no-manifest job.yaml
[ "$(show out/report.html)" = "out $(sed 's/^small //; s/)\] copy.*/)]/' <<<"$want")" ] ||
    fail "without a manifest: $(show out/report.html)"

# What a page is made of can be chosen.
cat >some.yaml <<'END'
output: out
steps:
  page: {report: {title: One}, input: {path: [out/hist/size.csv, out/fit/2]}, to: one.html}
END
weir run some.yaml
show out/one.html | grep -q "^One out \[('hist/size.csv', \['fit/2/size'\])\]" || fail "$(show out/one.html)"
cp job.yaml few.yaml
sed -i 's/  page: .*/  page: {report: , from: hist, to: few.html}/; s/^output: out/output: few/' few.yaml
weir run few.yaml
show few/few.html | grep -q "small few \[('hist/length.csv', \[\]), ('hist/size.csv', \[\])\]" ||
    fail "$(show few/few.html)"

# Mistakes.
mistake() {
    status=0
    "$WEIR" run --dry-run "$1" >stdout 2>stderr || status=$?
    [ $status -eq 2 ] && grep -qF "$2" stderr || fail "exit $status, no \"$2\" in: $(cat stderr)"
}
printf 'steps:\n  page: {report: {}, to: page.html}\n' >bad.yaml
mistake bad.yaml 'step "page" has nothing to show: no step writes histograms or models'
cat >bad.yaml <<END
input: $WEIR_SOURCE/datasets/small
steps:
  page: {report: {}, to: page.html}
  hist: {hist: {}, from: page, to: h.csv}
END
mistake bad.yaml 'step "page" writes a page, and nothing to read'
cat >bad.yaml <<END
input: $WEIR_SOURCE/datasets/small
steps:
  hist: {hist: {}, to: h.csv}
  quality: {compare: {y: flows, y-value: octets}, from: hist, to: q.csv}
END
mistake bad.yaml 'option y-value of compare stands here twice'
