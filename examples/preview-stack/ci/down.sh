#!/usr/bin/env bash
# A pull request was closed: destroys its stack, and leaves the receipts.
#   ci/down.sh <number of the pull request>
set -euo pipefail
cd "$(dirname "$0")/.."
export PULUMI_SKIP_UPDATE_CHECK=true

stack="pr-${1:?number of the pull request}"
export OAUTH_CLIENTS_RECEIPTS_FILE="${OAUTH_CLIENTS_RECEIPTS_FILE:-$PWD/receipts/$stack.jsonl}"
mkdir -p "$(dirname "$OAUTH_CLIENTS_RECEIPTS_FILE")"

# Closed before anything was made. Where the list cannot be had, nobody knows: that is a failure.
stacks="$(pulumi stack ls --json)"
if ! STACK="$stack" node -e '
  const names = JSON.parse(process.argv[1]).map(({ name }) => name.split("/").pop());
  process.exit(names.includes(process.env.STACK) ? 0 : 1);
' "$stacks"; then
  echo "There is no stack $stack."
  exit 0
fi

# A run that was killed leaves its lock, and this fails: `pulumi cancel --stack <stack>`, once nothing is at work there any more.
pulumi destroy --stack "$stack" --yes --skip-preview --non-interactive
pulumi stack rm "$stack" --yes --non-interactive

# No file: the stack had no client.
if [[ -s "$OAUTH_CLIENTS_RECEIPTS_FILE" ]]; then
  {
    echo "### OAuth clients of \`$stack\` are deleted"
    echo
    npx pulumi-oauth-clients receipts "$OAUTH_CLIENTS_RECEIPTS_FILE" --stack "$stack" --format markdown
  } >comment.md
  ci/comment.sh "$1" receipts comment.md
fi
