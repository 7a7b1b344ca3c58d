#!/usr/bin/env bash
# Prints this run, for a comment: as a link to its log and its artifacts, where it runs on a server.
#   ci/run.sh
set -euo pipefail

if [[ -n "${GITHUB_RUN_ID:-}" ]]; then
  echo "[this run]($GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID)"
elif [[ -n "${CI_JOB_URL:-}" ]]; then
  echo "[this run]($CI_JOB_URL)"
else
  echo "this run"
fi
