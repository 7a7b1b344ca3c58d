#!/usr/bin/env bash
# Every hour: destroys the stacks of pull requests that are closed, and sweeps the clients that no stack manages any more.
# A tenant that other projects work in, too: give the exports of their stacks as well, as files in exports/others/.
#   ci/reap.sh
set -euo pipefail
cd "$(dirname "$0")/.."
export PULUMI_SKIP_UPDATE_CHECK=true

mkdir -p exports receipts
rm -f exports/*.json
failed=0
# Each of these ends the script where it fails: without every stack's export, nothing is swept.
listed="$(pulumi stack ls --json)"
stacks="$(node -p 'JSON.parse(process.argv[1]).map(({ name }) => name.split("/").pop()).join("\n")' "$listed")"
managed=()
for stack in $stacks; do
  number="${stack#pr-}"
  if [[ "$stack" =~ ^pr-[0-9]+$ ]]; then
    state="$(ci/state.sh "$number")"
    if [[ "$state" == closed ]]; then
      # One that cannot be destroyed keeps no other; it is tried again in an hour.
      if OAUTH_CLIENTS_RECEIPTS_FILE="$PWD/receipts/$stack.jsonl" ci/down.sh "$number"; then continue; fi
      echo "::warning::the stack $stack could not be destroyed"
      failed=1
    fi
  fi
  pulumi stack export --stack "$stack" --file "exports/$stack.json"
  managed+=(--exclude-managed "exports/$stack.json")
done
for export in exports/others/*.json; do
  if [[ -e "$export" ]]; then managed+=(--exclude-managed "$export"); fi
done
# The list was read, and there is no stack.
if ((${#managed[@]} == 0)); then managed=(--no-exclude-managed); fi

# What is left without a stack, a day after it was made: a run may be making a client right now.
sweep=(npx pulumi-oauth-clients sweep "${managed[@]}")
"${sweep[@]}" --name-prefix pr- --older-than "${SWEEP_OLDER_THAN:-1d}" --plan sweep.json
OAUTH_CLIENTS_RECEIPTS_FILE="$PWD/receipts/sweep.jsonl" \
  "${sweep[@]}" --apply sweep.json --yes --tenant "${REZOLVE_TENANT_ID:?}" || failed=1
exit "$failed"
