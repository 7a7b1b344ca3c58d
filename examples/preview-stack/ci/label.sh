#!/usr/bin/env bash
# Prints `yes` for a pull request that has this label now, and else `no`; fails where nobody can be asked.
#   ci/label.sh <number of the pull request> <label>
set -euo pipefail

number=$1
export LABEL=$2
if [[ -n "${GITHUB_REPOSITORY:-}" ]]; then
  gh api "repos/$GITHUB_REPOSITORY/pulls/$number" \
    --jq 'if any(.labels[]; .name == env.LABEL) then "yes" else "no" end'
elif [[ -n "${CI_API_V4_URL:-}" ]]; then
  found="$(curl --fail --silent --show-error --header "PRIVATE-TOKEN: ${GITLAB_COMMENT_TOKEN:?}" \
    "$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$number")"
  node -p 'JSON.parse(require("fs").readFileSync(0)).labels.includes(process.env.LABEL) ? "yes" : "no"' <<<"$found"
else
  echo no
fi
