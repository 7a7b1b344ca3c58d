/** The life of preview stacks, told by the scripts of examples/preview-stack themselves. */
import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Stage } from "./stage.ts";

/** One thing that happens. */
export interface Scene {
  title: string;
  /** What the pipeline runs. */
  command: string;
  code: number | null;
  /** What it printed. */
  text: string;
  /** The comment that it wrote or edited; null where it wrote none. */
  comment: { file: string; text: string } | null;
  /** The vendor's clients after it. */
  clients: string[];
}

const DAY_MS = 86_400_000;

/**
 * Plays it all.
 *
 * @param begin called before each scene
 * @param told called after each scene
 */
export async function play(
  stage: Stage,
  begin: (title: string) => void,
  told: (scene: Scene) => void,
): Promise<Scene[]> {
  const scenes: Scene[] = [];
  let comments = new Map<string, string>();

  const scene = async (title: string, script: string, args: string[], env: Record<string, string> = {}) => {
    begin(title);
    const { code, text } = await stage.run(script, args, env);
    const now = await stage.comments();
    const [changed] = [...now].filter(([file, content]) => comments.get(file) !== content);
    comments = now;
    const given = Object.entries(env).map(([name, value]) => `${name}=${value.includes(" ") ? `"${value}"` : value} `);
    const done: Scene = {
      title,
      command: `${given.join("")}ci/${[script, ...args].join(" ")}`,
      code,
      text,
      comment: changed === undefined ? null : { file: changed[0], text: changed[1] },
      clients: living(stage),
    };
    scenes.push(done);
    told(done);
    return done;
  };
  const services = (stack: string, ...names: string[]) =>
    stage.command("pulumi", ["config", "set", "services", JSON.stringify(names), "--stack", stack]);

  await scene("Pull request 7 is opened: its stack comes up; nothing is deleted, so there is no comment", "up.sh", [
    "7",
  ]);

  await services("pr-7", "web");
  await scene("A commit takes a service out that nobody works as: it goes, and the comment says so", "up.sh", ["7"]);

  await useOnce(stage, "pr-7", "web");
  await services("pr-7", "api");
  await scene("A commit takes a service out that is in use: the pipeline stops, and the comment says why", "up.sh", [
    "7",
  ]);

  await scene("Somebody has looked, and lets up to one active token go", "up.sh", ["7"], { MOST_ACTIVE_TOKENS: "1" });

  await useOnce(stage, "pr-7", "api");
  await scene("Pull request 7 is closed: its stack is destroyed, with receipts", "down.sh", ["7"], {
    CLOSED_PULL_REQUESTS: "7",
  });

  await scene("Pull request 8 is opened, and closed while no pipeline runs", "up.sh", ["8"]);
  await scene("Pull request 10 is opened; later it is closed with the label persist", "up.sh", ["10"]);
  await leftover(stage, "pr-9-web", 3 * DAY_MS);
  await leftover(stage, "pr-11-web", 0);
  await scene(
    "The reaper comes: it destroys the stack of 8, sweeps what 9 left without a stack, and keeps 10, and 11, which is young",
    "reap.sh",
    [],
    { CLOSED_PULL_REQUESTS: "8 9" },
  );
  await cp(join(stage.project, "receipts"), join(stage.results, "receipts"), { recursive: true });
  return scenes;
}

/** All receipts of the story, as text. */
export async function receiptsOf(stage: Stage, file: string): Promise<string> {
  return readFile(join(stage.results, "receipts", file), "utf8");
}

function living({ sandbox }: Stage): string[] {
  return sandbox.clients
    .list()
    .filter(({ deletion }) => deletion === null)
    .map(({ name }) => name)
    .sort();
}

/** A service gets a token, which is good until its client is deleted. */
async function useOnce(stage: Stage, stack: string, service: string): Promise<void> {
  const shown = await stage.command("pulumi", ["stack", "output", "--json", "--show-secrets", "--stack", stack]);
  const { clientIds, clientSecrets } = JSON.parse(shown.text);
  await stage.sandbox.issueToken({ clientId: clientIds[service], clientSecret: clientSecrets[service] });
}

/** A client that a killed pipeline has left, and no state knows. */
async function leftover(stage: Stage, name: string, ageMs: number): Promise<void> {
  const { REZOLVE_BASE_URL, REZOLVE_TOKEN } = stage.environment;
  const headers = {
    authorization: `Bearer ${REZOLVE_TOKEN}`,
    "x-tenantid": stage.tenantId,
    "content-type": "application/json",
    accept: "application/json",
  };
  const client = {
    name,
    clientType: "confidential",
    redirectUris: [],
    grantTypes: ["client_credentials"],
    scopes: ["users:read"],
  };
  const url = `${REZOLVE_BASE_URL}/api/v1/oauth-clients`;
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(client) });
  if (!answer.ok) throw new Error(`The sandbox made no client ${name}: ${await answer.text()}`);
  const made = stage.sandbox.clients.find(name);
  if (made !== undefined)
    stage.sandbox.clients.edit(made.id, { createdAt: new Date(Date.now() - ageMs).toISOString() });
}
