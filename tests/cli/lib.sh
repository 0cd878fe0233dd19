# SPDX-License-Identifier: GPL-3.0-or-later
# Helpers of command tests; sourced by run.sh.

# Ends the case as failed, with a reason.
fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# Ends the case as skipped unless the reference data have PATH; says so.
need_reference() {
    if [ ! -e "$WEIR_REFERENCE/${1:-.}" ]; then
        echo "SKIPPED: no reference data at $WEIR_REFERENCE/${1:-}"
        exit 77
    fi
}

# Ends the case as skipped unless a program is installed; says so.
need_program() {
    if ! command -v "$1" >/dev/null; then
        echo "SKIPPED: no program $1"
        exit 77
    fi
}

# Installs what engine/page is built from and tested with into ./modules, exactly as locked; ends the
# case as skipped where that cannot be had.
need_page_modules() {
    need_program node
    need_program npm
    mkdir modules
    cp "$WEIR_SOURCE"/engine/page/package{,-lock}.json modules/
    if ! (cd modules && timeout 100 npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1); then
        echo "SKIPPED: npm cannot install the modules of the page: $(tail -n 1 modules/npm.log)"
        exit 77
    fi
}

# weir with its reports kept apart: stdout passes through, stderr goes to ./stderr.
weir() {
    "$WEIR" "$@" 2>stderr || {
        local status=$?
        cat stderr >&2
        return $status
    }
}

# expect_failure STATUS TEXT ARGS...: weir ARGS must exit with STATUS and print a stderr that
# contains TEXT. Its stdout goes to ./stdout.
expect_failure() {
    local want=$1 text=$2 status=0
    shift 2
    "$WEIR" "$@" >stdout 2>stderr || status=$?
    [ "$status" -eq "$want" ] || fail "weir $*: exit $status instead of $want: $(cat stderr)"
    grep -qF -- "$text" stderr || fail "weir $*: no \"$text\" in: $(cat stderr)"
}

# same FILE FILE: both must hold the same bytes.
same() {
    cmp "$1" "$2" || fail "$1 and $2 differ"
}

# A histogram of lengths, h.csv, and the durations of the same flows, durations.csv.
make_timed_flows() {
    cat >h.csv <<'END'
bin_lo,bin_hi,flows_sum,packets_sum,octets_sum
1,2,500,500,40000
2,4,300,650,60000
16,32,100,2000,1400000
END
    cat >durations.csv <<'END'
bin_lo,bin_hi,flows_sum,packets_sum,octets_sum,duration_sum
0,1,600,700,40000,0
10,20,200,2450,60000,2300
1000,1001,100,2000,1400000,100000
END
}
