#!/usr/bin/env bash
# Writes a comment on a pull request, or edits the one that begins with the same marker. An empty one is only written in place
# of another: where nothing is deleted, nothing is said.
#   ci/comment.sh <number of the pull request> <what it is about, such as impact> <file>
# Where COMMENTS_FOLDER is set, comments are files there: for a rehearsal without a server.
set -euo pipefail

number=$1 file=$3
# A missing file is no empty one: whoever was to write it did not come to know.
if [[ ! -e "$file" ]]; then
  echo "There is no $file, so there is no comment." >&2
  exit 1
fi
# The marker that `oauth-clients impact` writes. One without the project's name finds its comment, too.
project="$(sed -n 's/^name:[^[:alnum:]]*\([[:alnum:]_.-]*\).*/\1/p' "$(dirname "$0")"/../Pulumi.y*ml || true)"
title="oauth-clients $2: $project/pr-$number" marker="<!-- $title -->"
text="$file.marked"
{
  if [[ "$(head -n 1 "$file")" != "$marker" ]]; then printf '%s\n\n' "$marker"; fi
  if [[ -s "$file" ]]; then cat "$file"; else echo "Nothing is deleted any more."; fi
} >"$text"

if [[ -n "${COMMENTS_FOLDER:-}" ]]; then
  mkdir -p "$COMMENTS_FOLDER"
  place="$COMMENTS_FOLDER/pr-$number.$(tr -cs 'a-z0-9\n' '-' <<<"$title").md"
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
    gh api "$comments" -F "body=@$text" --silent
  fi
elif [[ -n "${CI_API_V4_URL:-}" ]]; then
  notes="$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$number/notes"
  token=(--header "PRIVATE-TOKEN: ${GITLAB_COMMENT_TOKEN:?a project access token that may write notes}")
  ask=(curl --fail --silent --show-error "${token[@]}")
  # Only one of this token's own: anybody can write a marker.
  own="$("${ask[@]}" "$CI_API_V4_URL/user" | node -p 'JSON.parse(require("fs").readFileSync(0)).id')"
  id="" page=1
  while [[ -z "$id" && -n "$page" ]]; do
    found="$("${ask[@]}" "$notes?per_page=100&page=$page")"
    id="$(MARKER="$marker" OWN="$own" node -p 'const { MARKER, OWN } = process.env; JSON.parse(require("fs").readFileSync(0)).find(({ body, author }) => String(author.id) === OWN && body.startsWith(MARKER))?.id ?? ""' <<<"$found")"
    page="$(PAGE="$page" node -p 'JSON.parse(require("fs").readFileSync(0)).length === 100 ? Number(process.env.PAGE) + 1 : ""' <<<"$found")"
  done
  if [[ -n "$id" ]]; then
    "${ask[@]}" --output /dev/null --request PUT --data-urlencode "body@$text" "$notes/$id"
  elif [[ -s "$file" ]]; then
    "${ask[@]}" --output /dev/null --data-urlencode "body@$text" "$notes"
  fi
elif [[ -s "$file" ]]; then
  cat "$text"
fi
