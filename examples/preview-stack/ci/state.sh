#!/usr/bin/env bash
# Prints `closed` for a pull request whose stack may go: closed, and without the label `persist`. Anything else keeps it, and so
# does a failure: a pull request that is not found may be one that the token may not see.
#   ci/state.sh <number of the pull request>
# CLOSED_PULL_REQUESTS, numbers with spaces between them, says it in place of the server: for a rehearsal, and for a person.
set -euo pipefail

number=$1
if [[ ! "$number" =~ ^[1-9][0-9]*$ ]]; then
  echo open
elif [[ -n "${CLOSED_PULL_REQUESTS:-}" ]]; then
  if [[ " $CLOSED_PULL_REQUESTS " == *" $number "* ]]; then echo closed; else echo open; fi
elif [[ -n "${GITHUB_REPOSITORY:-}" ]]; then
  gh api "repos/$GITHUB_REPOSITORY/pulls/$number" \
    --jq 'if .state == "closed" and ([.labels[].name] | index("persist") | not) then "closed" else "open" end'
elif [[ -n "${CI_API_V4_URL:-}" ]]; then
  found="$(curl --fail --silent --show-error --header "PRIVATE-TOKEN: ${GITLAB_COMMENT_TOKEN:?}" \
    "$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$number")"
  node -p '(({ state, labels }) => (["closed", "merged"].includes(state) && !labels.includes("persist") ? "closed" : "open"))(JSON.parse(require("fs").readFileSync(0)))' <<<"$found"
else
  echo open
fi
