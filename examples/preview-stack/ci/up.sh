#!/usr/bin/env bash
# A pull request was opened, or has new commits: says what its stack would lose, then brings the stack up.
#   ci/up.sh <number of the pull request>
# MOST_ACTIVE_TOKENS (default: 0): a client with more of them stops it; `any` for no such limit, as Nexus counts none. The label
# `delete-in-use` on the pull request lifts the limit, too.
set -euo pipefail
cd "$(dirname "$0")/.."
export PULUMI_SKIP_UPDATE_CHECK=true

stack="pr-${1:?number of the pull request}"
# Nothing that an earlier run has left is taken for a result of this one.
rm -f preview.json comment.md
unknown=""
if ! { pulumi stack select --create "$stack" --non-interactive &&
  pulumi preview --stack "$stack" --json --non-interactive >preview.json; }; then
  unknown="the preview failed"
fi
# Asked now, since a job that runs again knows the labels of its first run. Where nobody says, the limit stays.
most="${MOST_ACTIVE_TOKENS:-0}"
if label="$(ci/label.sh "$1" delete-in-use)" && [[ "$label" == yes ]]; then most=any; fi
impact=(npx pulumi-oauth-clients impact preview.json --format markdown --max-length 60000 --output comment.md)
if [[ "$most" != any ]]; then impact+=(--fail-if-active-tokens "$most"); fi
# Of a preview that failed, too: what went wrong stands in its JSON alone, and impact prints it.
code=0
"${impact[@]}" 2>impact.txt || code=$?
cat impact.txt >&2

# 0: nothing to object to. 1: a deletion would be refused, or hits what is in use: somebody should look, so nothing is done.
# Any other end is no result, or a part of one; so is one that leaves no comment where there has to be one.
if [[ -z "$unknown" && ! ($code == 0 && -e comment.md || $code == 1 && -s comment.md) ]]; then
  # Of the error, its code alone: its text may quote what has no place in a comment.
  error="$(sed -n 's/^oauth-clients \[\([a-z-]*\)\]: .*/, \1/p' impact.txt)"
  unknown="\`oauth-clients impact\` ended with exit code $code${error%%$'\n'*}"
fi
# Said also where there is no comment yet: none means that nothing is deleted.
if [[ -n "$unknown" ]]; then
  {
    printf '### ❓ Nobody knows what this change deletes (`%s`)\n\n' "$stack"
    printf '**Do not merge yet**: %s. The log of %s says more.\n' "$unknown" "$(ci/run.sh)"
    # Without the line that quotes why the preview failed: that is in the log.
    if [[ -s comment.md ]]; then printf '\nWhat was found out before:\n' && sed '1d; /^\*\*The preview failed/d' comment.md; fi
  } >unknown.md
  ci/comment.sh "$1" impact unknown.md
  exit "$((code == 0 ? 1 : code))"
fi
if ((code != 0)) && [[ "$most" != any ]]; then
  printf '\nClients that are in use go with the label `delete-in-use`: set it, run this job again, and take it off.' >>comment.md
  printf ' What is refused stays refused.\n' >>comment.md
fi
ci/comment.sh "$1" impact comment.md
if ((code != 0)); then exit "$code"; fi

pulumi up --stack "$stack" --yes --skip-preview --non-interactive
