#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs one command test: tests/cli/run.sh COMMAND/CASE.sh, in an empty directory of its own.
#
# A case is a bash script that is sourced below with errexit on. It finds the program as $WEIR, the
# reference data as $WEIR_REFERENCE, and the helpers of lib.sh.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
WEIR=${WEIR:-$here/../../build/weir}
WEIR_REFERENCE=${WEIR_REFERENCE:-$here/../../../shared/reference}
WEIR_SOURCE=${WEIR_SOURCE:-$(cd "$here/../.." && pwd)}
export WEIR WEIR_REFERENCE WEIR_SOURCE
unset WEIR_THREADS
case_file=$here/$1
work=$(mktemp -d "${TMPDIR:-/tmp}/weir-cli.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
# shellcheck source=tests/cli/lib.sh
source "$here/lib.sh"
# shellcheck disable=SC1090
source "$case_file"
leftovers=$(find . -name '.*.weir-*' -print)
[ -z "$leftovers" ] || fail "temporary files were left behind: $leftovers"
echo "passed: $1"
