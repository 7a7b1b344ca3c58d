#!/usr/bin/env bash
# A pull request was opened, or has new commits: says what its stack would lose, then brings the stack up.
#   ci/up.sh <number of the pull request>
set -euo pipefail
cd "$(dirname "$0")/.."
export PULUMI_SKIP_UPDATE_CHECK=true

stack="pr-${1:?number of the pull request}"
pulumi stack select --create "$stack" --non-interactive

pulumi preview --json --non-interactive >preview.json
# 0: nothing to object to. 1: a deletion would be refused, or hits what is in use: somebody should look, so nothing is done.
code=0
npx pulumi-oauth-clients impact preview.json --fail-if-active-tokens "${MOST_ACTIVE_TOKENS:-0}" \
  --format markdown --output comment.md || code=$?
ci/comment.sh "$1" "oauth-clients impact: preview-stack/$stack" comment.md
if ((code != 0)); then exit "$code"; fi

pulumi up --yes --skip-preview --non-interactive
