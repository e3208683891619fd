#!/usr/bin/env bash
# The action's one step. Its inputs come as variables, so that no input is read as shell.
set -euo pipefail

mkdir -p "$REPORTS"
# Words, as the inputs say: none of them is a path with a space in it.
read -r -a more <<<"${ARGUMENTS:-}"
read -r -a program <<<"${PROGRAM:-}"
flags=(--profile "$PROFILE")
[ -z "${SHARD:-}" ] || flags+=(--shard "$SHARD")
[ -z "${BASELINE:-}" ] || flags+=(--baseline "$BASELINE")
flags+=(
    --report "json=$REPORTS/authspec.json"
    --report "junit=$REPORTS/authspec.xml"
    --report "sarif=$REPORTS/authspec.sarif"
    --report "html=$REPORTS/authspec.html"
    --report "badge=$REPORTS/badge.json"
    --report "md=$REPORTS/summary.md"
    --capsules "$REPORTS/capsules"
)
[ ${#program[@]} -eq 0 ] || more+=(-- "${program[@]}")

code=0
authspec run "${flags[@]}" "${more[@]}" || code=$?

if [ -e "$REPORTS/summary.md" ]; then
    cat "$REPORTS/summary.md" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
fi
{
    echo "json=$REPORTS/authspec.json"
    echo "sarif=$REPORTS/authspec.sarif"
    echo "exit-code=$code"
} >>"${GITHUB_OUTPUT:-/dev/null}"
exit "$code"
