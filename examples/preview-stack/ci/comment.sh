#!/usr/bin/env bash
# Writes a comment on a pull request, or edits the one that begins with the same marker. An empty one is only written in place
# of another: where nothing is deleted, nothing is said.
#   ci/comment.sh <number of the pull request> <marker> <file>
# Where COMMENTS_FOLDER is set, comments are files there: for a rehearsal without a server.
set -euo pipefail

number=$1 marker="<!-- $2 -->" file=$3
if [[ ! -s "$file" ]]; then printf '%s\n\nNothing is deleted any more.\n' "$marker" >"$file.instead"; fi
# What is written where there is a comment already, and what where there is none.
text="$file"
if [[ ! -s "$file" ]]; then text="$file.instead"; fi

if [[ -n "${COMMENTS_FOLDER:-}" ]]; then
  mkdir -p "$COMMENTS_FOLDER"
  place="$COMMENTS_FOLDER/pr-$number.$(tr -cs 'a-z0-9\n' '-' <<<"$2").md"
  if [[ -s "$file" || -e "$place" ]]; then cp "$text" "$place"; fi
elif [[ -n "${GITHUB_REPOSITORY:-}" ]]; then
  comments="repos/$GITHUB_REPOSITORY/issues/$number/comments"
  # Only one of this workflow's own: anybody can write a marker.
  ids="$(MARKER="$marker" gh api --paginate "$comments" \
    --jq '.[] | select(.user.type == "Bot" and (.body | startswith(env.MARKER))) | .id')"
  id="${ids%%$'\n'*}"
  if [[ -n "$id" ]]; then
    gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" -F "body=@$text" --silent
  elif [[ -s "$file" ]]; then
    gh api "$comments" -F "body=@$file" --silent
  fi
elif [[ -n "${CI_API_V4_URL:-}" ]]; then
  notes="$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$number/notes"
  token=(--header "PRIVATE-TOKEN: ${GITLAB_COMMENT_TOKEN:?a project access token that may write notes}")
  id="" page=1
  while [[ -z "$id" && -n "$page" ]]; do
    found="$(curl --fail --silent "${token[@]}" "$notes?per_page=100&page=$page")"
    id="$(MARKER="$marker" node -p 'JSON.parse(require("fs").readFileSync(0)).find(({ body }) => body.startsWith(process.env.MARKER))?.id ?? ""' <<<"$found")"
    page="$(PAGE="$page" node -p 'JSON.parse(require("fs").readFileSync(0)).length === 100 ? Number(process.env.PAGE) + 1 : ""' <<<"$found")"
  done
  if [[ -n "$id" ]]; then
    curl --fail --silent --output /dev/null "${token[@]}" --request PUT --data-urlencode "body@$text" "$notes/$id"
  elif [[ -s "$file" ]]; then
    curl --fail --silent --output /dev/null "${token[@]}" --data-urlencode "body@$file" "$notes"
  fi
elif [[ -s "$file" ]]; then
  cat "$file"
fi
