#!/usr/bin/env bash
# A pull request was closed: destroys its stack, and leaves the receipts.
#   ci/down.sh <number of the pull request>
set -euo pipefail
cd "$(dirname "$0")/.."
export PULUMI_SKIP_UPDATE_CHECK=true

stack="pr-${1:?number of the pull request}"
export OAUTH_CLIENTS_RECEIPTS_FILE="${OAUTH_CLIENTS_RECEIPTS_FILE:-$PWD/receipts/$stack.jsonl}"
mkdir -p "$(dirname "$OAUTH_CLIENTS_RECEIPTS_FILE")"

# Closed before anything was made.
if ! pulumi stack select "$stack" --non-interactive; then exit 0; fi

# A killed run leaves its lock. No other run is at work: the pipeline lets one at a time work on a stack.
pulumi cancel --yes --non-interactive || true
pulumi destroy --yes --skip-preview --non-interactive
pulumi stack rm "$stack" --yes --non-interactive

# No file: the stack had no client.
if [[ -s "$OAUTH_CLIENTS_RECEIPTS_FILE" ]]; then
  marker="oauth-clients receipts: preview-stack/$stack"
  {
    echo "<!-- $marker -->"
    echo
    echo "### OAuth clients of \`$stack\` are deleted"
    echo
    npx pulumi-oauth-clients receipts "$OAUTH_CLIENTS_RECEIPTS_FILE" --format markdown
  } >comment.md
  ci/comment.sh "$1" "$marker" comment.md
fi
