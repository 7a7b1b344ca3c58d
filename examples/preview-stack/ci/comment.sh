#!/usr/bin/env bash
# Writes a comment on a pull request, or edits the one that begins with the same marker. An empty one is only written in place
# of another: where nothing is deleted, nothing is said.
#   ci/comment.sh <number of the pull request> <marker> <file>
# Where COMMENTS_FOLDER is set, comments are files there: for a rehearsal without a server.
set -euo pipefail

number=$1 marker="<!-- $2 -->" file=$3
body="$(cat "$file")"
instead="$marker"$'\n\n'"Nothing is deleted any more."

if [[ -n "${COMMENTS_FOLDER:-}" ]]; then
  mkdir -p "$COMMENTS_FOLDER"
  place="$COMMENTS_FOLDER/pr-$number.$(tr -cs 'a-z0-9\n' '-' <<<"$2").md"
  if [[ -n "$body" || -e "$place" ]]; then printf '%s\n' "${body:-$instead}" >"$place"; fi
elif [[ -n "${GITHUB_REPOSITORY:-}" ]]; then
  comments="repos/$GITHUB_REPOSITORY/issues/$number/comments"
  id="$(gh api --paginate "$comments" --jq ".[] | select(.body | startswith(\"$marker\")) | .id" | head -n 1)"
  if [[ -n "$id" ]]; then
    gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" -f body="${body:-$instead}" --silent
  elif [[ -n "$body" ]]; then
    gh api "$comments" -f body="$body" --silent
  fi
elif [[ -n "${CI_API_V4_URL:-}" ]]; then
  notes="$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$number/notes"
  token=(--header "PRIVATE-TOKEN: ${GITLAB_COMMENT_TOKEN:?a project access token that may write notes}")
  id="$(curl --fail --silent "${token[@]}" "$notes?per_page=100" |
    MARKER="$marker" node -p 'JSON.parse(require("fs").readFileSync(0)).find(({ body }) => body.startsWith(process.env.MARKER))?.id ?? ""')"
  if [[ -n "$id" ]]; then
    curl --fail --silent --output /dev/null "${token[@]}" --request PUT --data-urlencode "body=${body:-$instead}" "$notes/$id"
  elif [[ -n "$body" ]]; then
    curl --fail --silent --output /dev/null "${token[@]}" --data-urlencode "body=$body" "$notes"
  fi
else
  printf '%s\n' "$body"
fi
