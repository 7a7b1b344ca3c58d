#!/usr/bin/env bash
# Every hour: destroys the stacks of pull requests that are closed, and sweeps the clients that no stack manages any more.
# A tenant that other projects work in, too: give the exports of their stacks as well, as files in exports/others/.
#   ci/reap.sh
# SWEEP_OLDER_THAN (default: 1d): `never` for no sweep, as Nexus shows no dates.
set -euo pipefail
cd "$(dirname "$0")/.."
export PULUMI_SKIP_UPDATE_CHECK=true
older="${SWEEP_OLDER_THAN:-1d}"
if [[ "$older" != never ]]; then : "${REZOLVE_TENANT_ID:?}"; fi

mkdir -p exports receipts
rm -f exports/*.json
failed=0
# One that cannot be destroyed, or asked about, keeps no other; it is tried again in an hour.
listed="$(ci/stacks.sh)"
for stack in $listed; do
  if [[ "$stack" =~ ^pr-[1-9][0-9]*$ ]]; then
    OAUTH_CLIENTS_RECEIPTS_FILE="$PWD/receipts/$stack.jsonl" ci/down.sh "${stack#pr-}" && continue
    echo "::warning::ci/down.sh ${stack#pr-} failed, see above"
    failed=1
  fi
done

if [[ "$older" == never ]]; then exit "$failed"; fi
# What is left is managed. Each of these ends the script where it fails: without every stack's export, nothing is swept.
listed="$(ci/stacks.sh)"
managed=()
for stack in $listed; do
  pulumi stack export --stack "$stack" --file "exports/$stack.json"
  managed+=(--exclude-managed "exports/$stack.json")
done
for export in exports/others/*.json; do
  if [[ -e "$export" ]]; then managed+=(--exclude-managed "$export"); fi
done
# The list was read, and there is no stack: everything may be swept, if that was the list of the backend that is meant.
if ((${#managed[@]} == 0)); then
  : "${PULUMI_BACKEND_URL:?}"
  managed=(--no-exclude-managed)
fi

# What is left without a stack, a day after it was made: a run may be making a client right now.
sweep=(npx pulumi-oauth-clients sweep "${managed[@]}")
"${sweep[@]}" --name-prefix pr- --older-than "$older" --plan sweep.json
OAUTH_CLIENTS_RECEIPTS_FILE="$PWD/receipts/sweep.jsonl" \
  "${sweep[@]}" --apply sweep.json --yes --tenant "$REZOLVE_TENANT_ID" || failed=1
exit "$failed"
