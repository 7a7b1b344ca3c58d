#!/usr/bin/env bash
# Prints `closed` for a pull request whose stack may go: closed, and without the label `persist`. Anything else keeps it.
#   ci/state.sh <number of the pull request>
set -euo pipefail

number=$1
if [[ ! "$number" =~ ^[0-9]+$ ]]; then
  echo open
elif [[ -n "${CLOSED_PULL_REQUESTS:-}" ]]; then
  if [[ " $CLOSED_PULL_REQUESTS " == *" $number "* ]]; then echo closed; else echo open; fi
elif [[ -n "${GITHUB_REPOSITORY:-}" ]]; then
  gh api "repos/$GITHUB_REPOSITORY/pulls/$number" \
    --jq 'if .state == "closed" and ([.labels[].name] | index("persist") | not) then "closed" else "open" end'
elif [[ -n "${CI_API_V4_URL:-}" ]]; then
  curl --fail --silent --header "PRIVATE-TOKEN: ${GITLAB_COMMENT_TOKEN:?}" \
    "$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$number" |
    node -p '(({ state, labels }) => (["closed", "merged"].includes(state) && !labels.includes("persist") ? "closed" : "open"))(JSON.parse(require("fs").readFileSync(0)))'
else
  echo open
fi
