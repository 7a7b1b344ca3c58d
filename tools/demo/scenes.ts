/** The demonstration itself: what is done, and what is claimed of it. */
import { fileURLToPath } from "node:url";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { destroyWithReport } from "pulumi-oauth-clients/automation";
import { z } from "zod";
import { run } from "../engine/command.ts";
import { EXAMPLE, type Stage } from "./stage.ts";
import { type Story, WIDTH } from "./story.ts";

const KEYS = ["ci", "reporting", "portal"] as const;
type Key = (typeof KEYS)[number];
const NAMES: Record<Key, string> = { ci: "CI pipeline", reporting: "Nightly reporting", portal: "Customer portal" };

const ofEach = <Value extends z.ZodType>(value: Value) => z.object({ ci: value, reporting: value, portal: value });
const revocation = z.looseObject({
  outcome: z.string(),
  tokensRevoked: z.number().nullable(),
  activeSessionsTerminated: z.number().nullable(),
});
/** The outputs of the example. */
const outputsSchema = z.object({
  clientIds: z.object({ value: ofEach(z.string()) }),
  secrets: z.object({ value: ofEach(z.string().nullable()) }),
  revocations: z.object({ value: ofEach(revocation.nullable()) }),
});
const receiptsSchema = z.object({
  totals: z.looseObject({
    clients: z.number(),
    tokensRevoked: z.number().nullable(),
    activeSessionsTerminated: z.number().nullable(),
  }),
});

/** What the demonstration has taken from the vendor. */
interface Taken {
  client: Key;
  token: string;
}

export interface Scene {
  story: Story;
  stage: Stage;
  signal: AbortSignal;
  /** Takes every secret and token that comes up: none may be found anywhere afterwards. */
  secrets: Set<string>;
}

/** Plays everything. Throws at the first claim that does not hold. */
export async function play(scene: Scene): Promise<void> {
  const { secrets, stage, story } = scene;
  secrets.add(stage.token);

  story.step("A vendor to work with");
  story.command("oauth-clients-sandbox");
  story.say(
    `A sandbox on ${stage.sandbox.url} plays the vendor Rezolve.ai: it speaks its API, and it is a real OAuth server, so tokens are real and can be asked about (introspection). Nothing leaves this machine.`,
  );
  story.claim("It answers, and has no OAuth clients yet", stage.sandbox.clients.count() === 0);

  const stack = await stage.stack("demo");
  const clients = await createClients(scene, stack);
  const taken = await takeTokens(scene, clients);
  await retireOne(scene, stack, clients, taken);
  await destroyTheRest(scene, stack, taken);
  await showReceipts(scene, taken);
  await tokensAreDead(scene, taken, clients);
  await behindItsBack(scene);
  await nothingSecret(scene);
}

type Clients = Record<Key, { clientId: string; clientSecret: string }>;

async function createClients(scene: Scene, stack: Stack): Promise<Clients> {
  const { stage, story } = scene;
  story.step(`Three OAuth clients, declared in ${EXAMPLE}/index.ts`);
  stage.sandbox.requests.clear();
  story.command("pulumi up");
  await story.during("pulumi up", () => stack.up(stage.listen(scene.signal)));
  const outputs = await outputsOf(stack);
  const living = stage.sandbox.clients.list().map(({ clientId }) => clientId);
  const made = KEYS.map((key) => outputs.clientIds.value[key]);
  story.claim(
    `Pulumi created ${KEYS.map((key) => NAMES[key]).join(", ")}: the vendor has these three clients and no other`,
    living.length === 3 && made.every((clientId) => living.includes(clientId)),
    { living, made },
  );
  const requests = stage.sandbox.requests.list({ vendor: "rezolve" }).map(({ method }) => method);
  story.claim("It took one request for each client", requests.join() === "POST,POST,POST", requests);
  const clients: Partial<Clients> = {};
  for (const key of KEYS) {
    const clientSecret = outputs.secrets.value[key] ?? "";
    scene.secrets.add(clientSecret);
    clients[key] = { clientId: outputs.clientIds.value[key], clientSecret };
  }
  const all = allOf(clients);
  const remains = await stage.remains();
  const readable = KEYS.filter((key) => all[key].clientSecret === "" || remains.includes(all[key].clientSecret));
  story.claim("Their secrets are stack outputs, encrypted in the state file", readable.length === 0, { readable });
  return all;
}

async function takeTokens(scene: Scene, clients: Clients): Promise<Taken[]> {
  const { sandbox } = scene.stage;
  const { story } = scene;
  story.step("The clients go to work: real tokens");
  const taken: Taken[] = [];
  const take = (client: Key, token: string | undefined) => {
    if (token === undefined) return;
    scene.secrets.add(token);
    taken.push({ client, token });
  };
  for (let count = 0; count < 3; count += 1) take("ci", await sandbox.issueToken(clients.ci));
  for (let count = 0; count < 2; count += 1) take("reporting", await sandbox.issueToken(clients.reporting));
  for (const user of ["ada@example.test", "grace@example.test"]) {
    const signedIn = await sandbox.signIn(clients.portal, user);
    take("portal", signedIn.accessToken);
    take("portal", signedIn.refreshToken);
  }
  const how: Record<Key, string> = {
    ci: "by client credentials",
    reporting: "by client credentials",
    portal: "two people signed in, each gives an access token and a refresh token",
  };
  for (const key of KEYS) {
    const tokens = tokensOf(taken, key);
    story.show(`${NAMES[key].padEnd(18)} ${tokens.length}  ${tokens.map(last4).join(" ")}  ${how[key]}`);
  }
  story.claim("The portal's two users got two tokens each", tokensOf(taken, "portal").length === 4);
  const active = await activeOf(scene, taken);
  story.claim(
    `All ${taken.length} tokens are active: the vendor's introspection says so, and names the right client for each`,
    active.length === taken.length && active.every(({ owner, client }) => owner === clients[client].clientId),
    active,
  );
  return taken;
}

async function retireOne(scene: Scene, stack: Stack, clients: Clients, taken: Taken[]): Promise<void> {
  const { stage, story } = scene;
  const own = tokensOf(taken, "reporting");
  story.step(`One client retires: "${NAMES.reporting}" gets status: "deleted"`);
  story.say("A destroy cannot leave stack outputs behind. A retired client can: it stays in the stack as a tombstone.");
  story.command("pulumi config set --path 'retired[0]' reporting");
  await stack.setConfig("retired[0]", { value: "reporting" }, true);
  story.command("pulumi preview");
  stage.sandbox.requests.clear();
  await story.during("pulumi preview", () => stack.preview(stage.listen(scene.signal)));
  story.claim(
    "The preview warns that this update deletes the client, and sends no request",
    /warning:.*This update DELETES .*Nightly reporting/.test(stage.printed) && stage.sandbox.requests.length === 0,
    stage.printed,
  );
  story.command("pulumi up");
  await story.during("pulumi up", () => stack.up(stage.listen(scene.signal)));
  story.command("pulumi stack output revocations");
  const { reporting, ...others } = (await outputsOf(stack)).revocations.value;
  story.show(
    `reporting: outcome ${reporting?.outcome}, tokensRevoked ${reporting?.tokensRevoked}, activeSessionsTerminated ${reporting?.activeSessionsTerminated}`,
  );
  story.claim(
    `The stack output says ${own.length} tokens revoked, and ${own.length} is how many were really taken`,
    reporting?.outcome === "deleted" && reporting.tokensRevoked === own.length,
    reporting,
  );
  story.claim(
    "No session ended, since nobody had signed in to it; the other two clients have no revocation",
    reporting?.activeSessionsTerminated === 0 && others.ci === null && others.portal === null,
    { reporting, ...others },
  );
  const active = await activeOf(scene, taken);
  story.claim(
    `Its tokens ${own.map(last4).join(" ")} are refused from now on; the ${taken.length - own.length} others still work`,
    active.length === taken.length - own.length && active.every(({ client }) => client !== "reporting"),
    active,
  );
  story.claim("Its secret gets no new token", await refused(stage.sandbox.issueToken(clients.reporting)));
}

async function destroyTheRest(scene: Scene, stack: Stack, taken: Taken[]): Promise<void> {
  const { stage, story } = scene;
  const tokens = tokensOf(taken, "ci").length + tokensOf(taken, "portal").length;
  story.step("The stack is destroyed, and says what that did");
  story.command("pulumi destroy");
  story.say("Here through the Automation API, which returns the evidence: await destroyWithReport(stack)");
  stage.sandbox.requests.clear();
  const report = await story.during("pulumi destroy", () => destroyWithReport(stack, stage.listen(scene.signal)));
  // The tree of resources repeats them; the diagnostics have each line by itself.
  const lines = stage.printed
    .split("\n")
    .flatMap((line) => /^\s+(deleted Rezolve OAuth client .*)$/.exec(line)?.[1] ?? []);
  for (const line of lines) story.say(`Pulumi: ${line}`);
  const said = (key: Key, what: string) => lines.some((line) => line.includes(NAMES[key]) && line.includes(what));
  story.claim(
    "Pulumi's own output has one such line for each deletion",
    lines.length === 2 && said("ci", "3 tokens revoked") && said("portal", "4 tokens revoked, 2 sessions ended"),
    stage.printed,
  );
  story.claim(
    `The report: 2 clients deleted, ${tokens} tokens revoked, 2 sessions ended – as many as were taken and signed in`,
    report.totals.outcomes.deleted === 2 &&
      report.totals.clients === 2 &&
      report.totals.tokensRevoked === tokens &&
      report.totals.activeSessionsTerminated === 2,
    report.totals,
  );
  story.claim(
    "The stack is empty, and so is the vendor's tenant",
    report.empty === true && stage.sandbox.clients.count() === 0,
    report.remaining,
  );
  const requests = stage.sandbox.requests.list({ vendor: "rezolve" }).map(({ method }) => method);
  story.claim("It took two requests: the tombstone needs none", requests.join() === "DELETE,DELETE", requests);
}

async function showReceipts(scene: Scene, taken: Taken[]): Promise<void> {
  const { stage, story } = scene;
  story.step("The receipts: one durable line for each deletion, whoever made it");
  story.command("oauth-clients receipts receipts.jsonl");
  story.show(await oauthClients(["receipts", stage.receiptsFile]));
  const { totals } = receiptsSchema.parse(JSON.parse(await oauthClients(["receipts", stage.receiptsFile, "--json"])));
  story.claim(
    `3 clients, ${taken.length} tokens, 2 sessions: exactly what was taken in step 3`,
    totals.clients === 3 && totals.tokensRevoked === taken.length && totals.activeSessionsTerminated === 2,
    totals,
  );
}

async function tokensAreDead(scene: Scene, taken: Taken[], clients: Clients): Promise<void> {
  const { story, stage } = scene;
  story.step("Nothing works any more");
  const active = await activeOf(scene, taken);
  story.claim(`All ${taken.length} tokens are refused at introspection`, active.length === 0, active);
  const refusals = await Promise.all([
    refused(stage.sandbox.issueToken(clients.ci)),
    refused(stage.sandbox.issueToken(clients.reporting)),
    ...tokensOf(taken, "portal").map((token) => refused(stage.sandbox.refreshToken(clients.portal, token))),
  ]);
  story.claim("Neither the secrets nor the refresh tokens get a new one", refusals.every(Boolean), refusals);
}

async function behindItsBack(scene: Scene): Promise<void> {
  const { stage, story } = scene;
  story.step("A second stack, and somebody deletes a client behind Pulumi's back");
  story.command("pulumi stack init pr-42 && pulumi up");
  const stack = await stage.stack("pr-42");
  await story.during("pulumi up", () => stack.up(stage.listen(scene.signal)));
  const outputs = await outputsOf(stack);
  for (const key of KEYS) scene.secrets.add(outputs.secrets.value[key] ?? "");
  const victim = stage.sandbox.clients.find(NAMES.ci);
  story.say(`In the vendor's console, an administrator deletes "${NAMES.ci}".`);
  if (victim !== undefined) stage.sandbox.clients.remove(victim.id);
  story.claim(
    "The vendor has two of the three clients left, and the state still has three",
    victim !== undefined && stage.sandbox.clients.count() === 2 && (await clientsInState(stack)) === 3,
  );
  story.command("pulumi destroy");
  const report = await story.during("pulumi destroy", () => destroyWithReport(stack, stage.listen(scene.signal)));
  const { outcomes } = report.totals;
  story.claim(
    "The destroy succeeds: two clients deleted, one already gone, nothing left in the state or at the vendor",
    report.empty === true &&
      outcomes.deleted === 2 &&
      outcomes["already-gone"] === 1 &&
      stage.sandbox.clients.count() === 0,
    { outcomes, remaining: report.remaining },
  );
  const receipt = report.receipts.find(({ outcome }) => outcome === "already-gone");
  story.claim(
    "Already gone was not taken on trust: a second look confirmed that the tenant and the credentials are right",
    receipt?.name === NAMES.ci && receipt.verified === true && receipt.httpStatus === 404,
    receipt,
  );
  story.claim(
    "How many tokens that other deletion revoked is not known, so its receipt says null and not 0",
    receipt?.tokensRevoked === null && receipt.activeSessionsTerminated === null,
    receipt,
  );
}

async function nothingSecret(scene: Scene): Promise<void> {
  const { secrets, stage, story } = scene;
  story.step("Nothing secret was left behind");
  secrets.delete("");
  const remains = await stage.remains();
  const found = [...secrets].filter((secret) => remains.includes(secret)).map(last4);
  story.claim(
    `None of the ${secrets.size} secrets and tokens of this demonstration is readable in the states, their backups, the receipts or anything that Pulumi printed`,
    found.length === 0 && remains.includes(NAMES.ci),
    found,
  );
}

/** The tokens that introspection calls active, with the client that it names. */
async function activeOf({ stage }: Scene, taken: readonly Taken[]) {
  const answers = await Promise.all(
    taken.map(async ({ client, token }) => {
      const { active, client_id: owner } = await stage.sandbox.introspect(token);
      return { client, token: last4(token), active, owner };
    }),
  );
  return answers.filter(({ active }) => active);
}

/** Whether the OAuth server says no; another failure is one. */
async function refused(attempt: Promise<unknown>): Promise<boolean> {
  try {
    await attempt;
    return false;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "oauth-refused") return true;
    throw error;
  }
}

const tokensOf = (taken: readonly Taken[], client: Key): string[] =>
  taken.filter((one) => one.client === client).map(({ token }) => token);

const outputsOf = async (stack: Stack) => outputsSchema.parse(await stack.outputs());

const deploymentSchema = z.object({ resources: z.array(z.object({ type: z.string() })) });

async function clientsInState(stack: Stack): Promise<number> {
  const { deployment } = await stack.exportStack();
  return deploymentSchema.parse(deployment).resources.filter(({ type }) => type.endsWith(":OAuthClient")).length;
}

function allOf(clients: Partial<Clients>): Clients {
  const { ci, reporting, portal } = clients;
  if (!ci || !reporting || !portal) throw new Error("The stack has not all of the example's clients");
  return { ci, reporting, portal };
}

/** Runs this package's command. */
async function oauthClients(args: readonly string[]): Promise<string> {
  const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
  // As wide as this story, and not as what is piped.
  const environment = { ...process.env, COLUMNS: String(WIDTH) };
  const answer = await run(process.execPath, [cli, ...args], { environment, limit: 30_000 });
  if ("failure" in answer) throw new Error(`oauth-clients ${args[0]}: ${answer.failure}`);
  return answer.output;
}

/** As much of a token or secret as may be seen. */
export function last4(secret: string): string {
  return `…${secret.slice(-4)}`;
}
