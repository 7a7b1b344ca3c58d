#!/usr/bin/env bash
# Every hour: destroys the stacks of pull requests that are closed, and sweeps the clients that no stack manages any more.
#   ci/reap.sh
set -euo pipefail
cd "$(dirname "$0")/.."
export PULUMI_SKIP_UPDATE_CHECK=true

mkdir -p exports receipts
rm -f exports/*.json
failed=0
for stack in $(pulumi stack ls --json | node -p 'JSON.parse(require("fs").readFileSync(0)).map(({ name }) => name.split("/").pop()).join("\n")'); do
  number="${stack#pr-}"
  if [[ "$stack" == pr-* && "$(ci/state.sh "$number")" == closed ]]; then
    # One that cannot be destroyed keeps no other; it is tried again in an hour.
    if ci/down.sh "$number"; then continue; fi
    echo "::warning::the stack $stack could not be destroyed"
    failed=1
  fi
  pulumi stack export --stack "$stack" --file "exports/$stack.json"
done

# What is left without a stack, a day after it was made: a run may be making a client right now.
managed=()
for export in exports/*.json; do
  if [[ -e "$export" ]]; then managed+=(--exclude-managed "$export"); fi
done
sweep=(npx pulumi-oauth-clients sweep "${managed[@]}")
rm -f sweep.json sweep.json.journal.jsonl
"${sweep[@]}" --name-prefix pr- --older-than "${SWEEP_OLDER_THAN:-1d}" --plan sweep.json
OAUTH_CLIENTS_RECEIPTS_FILE="$PWD/receipts/sweep.jsonl" \
  "${sweep[@]}" --apply sweep.json --yes --tenant "${REZOLVE_TENANT_ID:?}" || failed=1
exit "$failed"
