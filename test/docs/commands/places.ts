/** Where each piece of the pages is run. A new one that nobody has put here is an error. */
import { type Piece, pieces } from "./pieces.ts";

/**
 * What the scenarios run. A piece is named by all of it, or by words that no other has, so that it may move to another
 * page and be mended without a change here.
 */
export const RUN = {
  /** In an empty folder, for each vendor. */
  firstUse: [
    "npm install pulumi-oauth-clients @pulumi/pulumi",
    "export OAUTH_CLIENTS_RECEIPTS_FILE=receipts.jsonl    # without it, Pulumi writes no receipts\npulumi up",
    "npx pulumi-oauth-clients receipts receipts.jsonl",
  ],
  /** For each vendor, with the stack `prod`. */
  settings: ["# In the environment, for CI and for every destroy and refresh:", "'rezolve:connections.eu.baseUrl'"],
  check: ["oauth-clients check", "oauth-clients check --stack prod --vendor rezolve --connection eu"],
  list: [
    "oauth-clients list --vendor rezolve --name-prefix pr- --sort last-used",
    "oauth-clients list --usage --json | jq '.clients[] | select(.activeTokens > 0)'",
    "oauth-clients list --stack prod --unmanaged",
    "oauth-clients list --stack prod --format pulumi-import --output clients.json",
    "oauth-clients list --managed export.json",
  ],
  impact: [
    "pulumi preview --json | oauth-clients impact - --format markdown --output comment.md",
    "pulumi preview --json > preview.json",
    "oauth-clients impact preview.json --format markdown",
    "pulumi destroy --preview-only --json | oauth-clients impact - --fail-if-used-within 30d",
    "oauth-clients impact --stack prod --fail-if-active-tokens 0",
  ],
  verifySecrets: [
    "oauth-clients verify-secrets --stack prod --token-url https://login.example.test/oauth/token",
    "pulumi stack export --show-secrets | oauth-clients verify-secrets -",
  ],
  adopt: [
    "oauth-clients adopt client-550e8400-e29b-41d4-a716-446655440001",
    "oauth-clients adopt --name-prefix billing- --output billing.ts",
    "oauth-clients adopt --vendor rezolve --name-prefix billing- --output billing.ts",
  ],
  sweep: [
    "oauth-clients sweep --vendor rezolve --name-prefix pr- --older-than 7d --exclude-managed dev.json --plan sweep.json",
    "oauth-clients sweep --apply sweep.json --exclude-managed dev.json",
    "oauth-clients sweep --name-prefix pr- --older-than 7d --exclude-managed dev.json --plan sweep.json",
    'oauth-clients sweep --apply sweep.json --exclude-managed dev.json --yes --tenant "$TENANT"',
  ],
  receipts: [
    "oauth-clients receipts receipts.jsonl",
    "oauth-clients receipts runs/*/receipts.jsonl --since 2026-11-01 --format csv --output november.csv",
    "cat receipts.jsonl | oauth-clients receipts - --format html --output report.html",
    "oauth-clients receipts receipts.jsonl --format html --output report.html",
    "oauth-clients receipts runs/*/*.jsonl --format html",
    "oauth-clients receipts --verify receipts.jsonl",
    "tail -n 1 receipts.jsonl > line.json",
    "sed -i.torn 2d receipts.jsonl",
  ],
  completion: ["source <(oauth-clients complete bash)"],
  /** In an empty folder. */
  sandbox: [
    "npm install --save-dev pulumi-oauth-clients-sandbox",
    "npx pulumi-oauth-clients-sandbox",
    "npx pulumi-oauth-clients-sandbox    # --help",
    "# Rezolve.ai\ncurl",
    "# ECI Nexus\ncurl",
  ],
  /** In a copy of examples/preview-stack, with a backend of its own: test/cli/pipelines.test.ts. */
  pipelines: ["CLOSED_PULL_REQUESTS=42 ci/down.sh 42"],
  /** In a copy of examples/testing. */
  testing: ["npm install --save-dev pulumi-oauth-clients-sandbox vitest"],
  /** In an empty folder, for each vendor, with a second terminal. */
  gettingStarted: [
    "npm init -y && npm pkg delete main",
    'export PULUMI_BACKEND_URL="file://$PWD" PULUMI_CONFIG_PASSPHRASE=just-a-try\npulumi stack init dev',
    "npx pulumi-oauth-clients-sandbox    # Ctrl-C ends it",
    "# Rezolve.ai\nexport",
    "# ECI Nexus: an application token",
    'export OAUTH_CLIENTS_RECEIPTS_FILE="$PWD/receipts.jsonl"',
    "pulumi up",
    'curl -u "$(pulumi stack output clientId)',
    "pulumi destroy --preview-only --json | npx pulumi-oauth-clients impact -",
    "pulumi destroy\nnpx pulumi-oauth-clients receipts",
    "pulumi stack rm dev",
    "pulumi config set rezolve:baseUrl https://api.rezolve.example.test",
    "pulumi config set nexus:baseUrl https://nexus.example.test",
    "pulumi stack init prod",
    "npx pulumi-oauth-clients check --stack prod",
  ],
  /** In a folder with nothing but a program in YAML. */
  packaged: [
    "npm install --global pulumi-resource-oauth-clients",
    "# without it, no deletion leaves a receipt\npulumi up",
    "pulumi config set --path --secret 'oauth-clients:rezolve.token' …",
    "pulumi config set --path 'oauth-clients:rezolve.tenantId'",
    "pulumi import oauth-clients:rezolve:OAuthClient bot client-550e8400-e29b-41d4-a716-446655440001",
    "pulumi import --file import.json --out billing.yaml",
  ],
  /** In a folder with a copy of plugin/sdks beside it. */
  sdk: ["npm install --install-links"],
  /** In the folder of a program with dynamic resources, which becomes one in YAML. */
  move: [
    "pulumi stack export > before.json",
    "oauth-clients move before.json --to packaged --output after.json",
    "pulumi stack import --file after.json",
    "pulumi stack export > before.json\noauth-clients move",
  ],
  /** In a folder with a copy of examples/preview-stack. */
  previewStack: ["cd infrastructure/preview-stack\nnpm install pulumi-oauth-clients@latest", "ci/up.sh 1"],
  /** In a copy of this repository. */
  repository: [
    "npm run sandbox        # terminal 1",
    '# terminal 2\nexport PATH="$PWD/node_modules/.bin',
    "pulumi stack init dev && pulumi up",
  ],
} as const satisfies Record<string, readonly string[]>;

/** What is typed after an interrupt. */
export const AFTER_AN_INTERRUPT = "pulumi cancel ";

/** What no scenario runs, and why. `steps` are those of `.ci/run` that run it. */
export const ELSEWHERE: readonly { piece: string; because: string; steps: readonly string[] }[] = [
  {
    piece: "npm ci && npm run demo",
    because: "it is about a fresh clone of this repository, which the pipeline is",
    steps: ["step install npm ci", "step demo npm run --silent demo", "step test npm test"],
  },
  {
    piece: AFTER_AN_INTERRUPT,
    because: "test/interrupts types it after every interrupt",
    steps: ["step test npm test"],
  },
];

export type Scenario = keyof typeof RUN;

/** What has been typed of the scenarios. */
export class Typed {
  readonly #names = new Set<string>();

  /** The piece of this name, which is typed now. */
  piece(name: string): Piece {
    this.#names.add(name);
    return pieceOf(name);
  }

  /** What was left out of these scenarios. */
  missing(...scenarios: readonly Scenario[]): string[] {
    return scenarios.flatMap((scenario) => RUN[scenario].filter((name) => !this.#names.has(name)));
  }
}

/**
 * The piece of this name.
 *
 * @throws {Error} where the pages have none, or several
 */
export function pieceOf(name: string): Piece {
  const [piece, ...others] = named(name);
  if (piece === undefined) throw new Error(`No page has "${name}" any more: mend test/docs/commands/places.ts.`);
  if (others.length > 0) throw new Error(`Several pieces have "${name}": say more of the one that is meant.`);
  return piece;
}

/** The piece that is all of the name, else those that have it among their lines. */
function named(name: string): Piece[] {
  const all = pieces();
  const whole = all.filter(({ code }) => code === name);
  return whole.length > 0 ? whole : all.filter(({ code }) => code.includes(name));
}

/** The pieces that have no place. */
export function homeless(): Piece[] {
  const placed = new Set([...Object.values(RUN).flat(), ...ELSEWHERE.map(({ piece }) => piece)].map(codeOf));
  return pieces().filter(({ code }) => !placed.has(code));
}

const codeOf = (name: string) => pieceOf(name).code;
