#!/usr/bin/env bash
# Prints the names of the project's stacks, a line each; fails where the list cannot be had, or is none.
#   ci/stacks.sh
set -euo pipefail

listed="$(pulumi stack ls --json)"
node -p 'JSON.parse(process.argv[1]).map(({ name }) => name.split("/").pop()).join("\n")' "$listed"
