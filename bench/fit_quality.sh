#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Mixtures that weir fit --auto finds, beside the published ones; see usage() below.
set -euo pipefail

usage() {
    cat <<'END'
usage: bench/fit_quality.sh [-k KEEP] PUBLISHED JUDGE [FIT-OPTIONS...]

PUBLISHED has histograms/PROTO/X.csv and mixtures/PROTO/X/Y.json, the published models of flow-models;
JUDGE is a Python program that is called with a histogram, y and mixtures, and prints one line for
each: "PATH params=N ks=R loglik=R tail=R mean=R". Prints a table: for every mixture the published one
and what weir finds with as many free parameters, without having seen it; -k keeps that in
KEEP/PROTO/X/Y.json. Environment: WEIR, the
program (default build/weir); PYTHON (python3), with what JUDGE needs.
END
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
weir=${WEIR:-$root/build/weir}
python=${PYTHON:-python3}
keep=
if [ "${1:-}" = -k ]; then
    keep=$2
    shift 2
fi
[ $# -ge 2 ] || { usage >&2 && exit 2; }
published=$(cd "$1" && pwd)
judge=$2
shift 2
work=$(mktemp -d "${TMPDIR:-/tmp}/weir-quality.XXXXXX")
trap 'rm -rf "$work"' EXIT

# field NAME LINE: the value of NAME in a line of the judge.
field() {
    local value=${2##*" $1="}
    echo "${value%% *}"
}

echo '| case | parameters | KS | log-likelihood | tail | mean | seconds |'
echo '|---|--:|--:|--:|--:|--:|--:|'
for mixture in "$published"/mixtures/*/*/*.json; do
    name=${mixture#"$published"/mixtures/}
    y=$(basename "$mixture" .json)
    x=$(dirname "$name")
    hist=$published/histograms/$x.csv
    old=$("$python" "$judge" "$hist" "$y" "$mixture")
    begin=$(date +%s%N)
    "$weir" fit --quiet --auto --max-params "$(field params "$old")" -y "$y" "$@" -O "$work" "$hist"
    end=$(date +%s%N)
    if [ -n "$keep" ]; then
        mkdir -p "$keep/$x"
        cp "$work/$y.json" "$work/$y.mode" "$keep/$x"
    fi
    new=$("$python" "$judge" "$hist" "$y" "$work/$y.json")
    printf '| %s ' "${name%.json}"
    for measure in params ks loglik tail mean; do
        printf '| %s, %s ' "$(field $measure "$old")" "$(field $measure "$new")"
    done
    awk -v ns=$((end - begin)) 'BEGIN {printf "| %.1f |\n", ns / 1e9}'
done
