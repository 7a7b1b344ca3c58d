#!/usr/bin/env bash
# A pull request was closed: destroys its stack, and leaves the receipts.
#   ci/down.sh <number of the pull request>
set -euo pipefail
cd "$(dirname "$0")/.."
export PULUMI_SKIP_UPDATE_CHECK=true

stack="pr-${1:?number of the pull request}"
# Asked now, whoever calls: a pipeline may have waited for hours, or run again, and the label may have been set meanwhile.
if ! state="$(ci/state.sh "$1")"; then
  echo "Nobody says whether pull request $1 is closed, so its stack stays." \
    "Whoever knows that it is: CLOSED_PULL_REQUESTS=$1 ci/down.sh $1" >&2
  exit 1
fi
if [[ "$state" != closed ]]; then
  echo "Pull request $1 is not closed, or has the label persist: its stack stays."
  exit 0
fi

export OAUTH_CLIENTS_RECEIPTS_FILE="${OAUTH_CLIENTS_RECEIPTS_FILE:-$PWD/receipts/$stack.jsonl}"
mkdir -p "$(dirname "$OAUTH_CLIENTS_RECEIPTS_FILE")"

# Closed before anything was made. Where the list cannot be had, nobody knows: that is a failure.
stacks="$(ci/stacks.sh)"
if ! grep --quiet --line-regexp --fixed-strings "$stack" <<<"$stacks"; then
  echo "There is no stack $stack."
  exit 0
fi

# A run that was killed leaves its lock, and this fails: `pulumi cancel --stack <stack>`, once nothing is at work there any more.
pulumi destroy --stack "$stack" --yes --skip-preview --non-interactive

# Its clients are gone from here on: whatever fails now fails the run at its end, and keeps nothing from being said.
code=0
pulumi stack rm "$stack" --yes --non-interactive || code=$?
# No file: the stack had no client.
if [[ -s "$OAUTH_CLIENTS_RECEIPTS_FILE" ]]; then
  {
    printf '### OAuth clients of `%s` are deleted\n\n' "$stack"
    # With room for the other lines in what GitHub takes, 65,536 characters.
    npx pulumi-oauth-clients receipts "$OAUTH_CLIENTS_RECEIPTS_FILE" --stack "$stack" --format markdown --max-length 65000 || {
      code=$?
      printf '\n**This is not all**: `oauth-clients receipts` ended with exit code %s.\n' "$code"
    }
    printf '\nThe receipts file is an artifact of %s.\n' "$(ci/run.sh)"
  } >comment.md
  ci/comment.sh "$1" receipts comment.md || code=$?
fi
exit "$code"
