/** What is done while a fault lasts: how a case begins, what is wished, and what the next command does. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { EXIT } from "../../src/cli/exit.ts";
import { Session } from "../../src/cli/session.ts";
import { applied } from "../../src/cli/sweep/applying.ts";
import type { SweepOptions } from "../../src/cli/sweep/options.ts";
import { planned } from "../../src/cli/sweep/planning.ts";
import { LookUps } from "../../src/lookups/index.ts";
import { partialState, type State, type Values } from "../lifecycle/support.ts";
import { clientOutside, type VendorName } from "../outside.ts";
import type { Lane } from "./lane.ts";

/** A case that is about to begin. */
export interface Ready {
  /** @returns the resource's state, or nothing; a failure is thrown as the engine gets it */
  run(): Promise<State | null>;
  /** What is not as wished, at the vendor and in the state; null where all is. */
  problem(state: State | null): Promise<string | null>;
  /** What the next `up`, `refresh`, `destroy` or `--apply` does, with what the state holds. */
  again(state: State | null): Promise<State | null>;
}

export interface Operation {
  name: string;
  vendors: readonly VendorName[];
  /** The request that changes something, or that asks. */
  isMeant(method: string, path: string): boolean;
  prepare(lane: Lane): Promise<Ready>;
}

const BOTH: readonly VendorName[] = ["rezolve", "nexus"];

const DECLARED: Record<VendorName, Values> = {
  rezolve: {
    name: "CI bot",
    clientType: "confidential",
    redirectUris: [],
    grantTypes: ["client_credentials"],
    scopes: ["users:read"],
  },
  nexus: { name: "CI bot", appType: "non_interactive", grantTypes: ["client_credentials"] },
};

/** A field that both can patch, as the program says it and as the vendor has it. */
const CHANGE: Record<VendorName, Values> = { rezolve: { description: "changed" }, nexus: { productName: "changed" } };

const by = (wanted: string) => (method: string) => method === wanted;

function clientsOf({ bench }: Lane, name = "CI bot") {
  return bench.sandbox.clients.list().filter((one) => one.deletion === null && one.name === name);
}

/** The changed field, at the vendor. */
function valueAt({ bench, vendor }: Lane, id: string): unknown {
  const client = bench.sandbox.clients.get(id);
  return vendor === "rezolve" ? client?.description : client?.attributes.productName;
}

/** A managed client with one living token. */
async function managed(lane: Lane): Promise<State> {
  const { bench, vendor } = lane;
  const state = await bench.create(DECLARED[vendor]);
  await useOnce(lane, state);
  bench.restart();
  return state;
}

async function useOnce({ bench, vendor }: Lane, { id, outputs }: State): Promise<void> {
  const clientId = vendor === "rezolve" ? String(outputs.clientId) : id;
  await bench.sandbox.issueToken({ clientId, clientSecret: String(outputs.clientSecret) });
}

/** A client that nobody manages. */
async function strange({ bench, vendor }: Lane, name = "CI bot"): Promise<string> {
  const token = bench.env[`${vendor.toUpperCase()}_TOKEN`] ?? "";
  const administrator = { sandbox: bench.sandbox, token, tenantId: bench.sandbox.tenants[0].id };
  return (await clientOutside(administrator, vendor, { name })).id;
}

/** Exactly one client, which is the state's, and whose secret works where the state has one. */
async function oneClient(lane: Lane, state: State | null, needsSecret: boolean): Promise<string | null> {
  const there = clientsOf(lane);
  if (there.length !== 1) return `${there.length} clients`;
  if (there[0]?.id !== state?.id) return "the state has another client";
  if (!needsSecret || state === null) return null;
  return useOnce(lane, state).then(
    () => null,
    () => "the secret in the state does not work",
  );
}

/** Whether a client is gone, and its one receipt says no number that nobody measured. */
async function goneWithEvidence(lane: Lane, ids: readonly string[], tokens: number | null): Promise<string | null> {
  const living = ids.filter((id) => lane.bench.sandbox.clients.get(id)?.deletion === null);
  if (living.length > 0) return `${living.length} of ${ids.length} live`;
  const receipts = (await lane.receipts()).filter(({ id }) => ids.includes(id));
  if (receipts.length !== ids.length) return `${receipts.length} receipts of ${ids.length}`;
  if (receipts.some(({ outcome }) => outcome === "unconfirmed")) return "a receipt leaves open whether it is deleted";
  const said = receipts.map(({ tokensRevoked }) => tokensRevoked).filter((one) => one !== null);
  return said.some((one) => one !== tokens) ? `${said.join(", ")} tokens, and there were ${tokens}` : null;
}

/** Rezolve counts; Nexus says nothing. */
const TOKENS: Record<VendorName, number | null> = { rezolve: 1, nexus: null };

const create: Operation = {
  name: "create",
  vendors: BOTH,
  isMeant: by("POST"),
  async prepare(lane) {
    const { bench, vendor } = lane;
    const inputs = DECLARED[vendor];
    return {
      run: () => bench.create(inputs),
      problem: (state) => oneClient(lane, state, true),
      // A claim is replaced: deleted first, then made anew.
      async again(state) {
        if (state === null) return bench.create(inputs);
        if (!state.id.startsWith("claim:")) return bench.update(state, inputs);
        await bench.delete(state);
        return bench.create(inputs);
      },
    };
  },
};

const adopt: Operation = {
  name: "adopt",
  vendors: BOTH,
  isMeant: by("PATCH"),
  async prepare(lane) {
    const { bench, vendor } = lane;
    const id = await strange(lane);
    const inputs = { ...DECLARED[vendor], ...CHANGE[vendor], adopt: { id } };
    return {
      run: () => bench.create(inputs),
      async problem(state) {
        return (await oneClient(lane, state, false)) ?? (valueAt(lane, id) === "changed" ? null : "it was not changed");
      },
      again: (state) => (state === null ? bench.create(inputs) : bench.update(state, inputs)),
    };
  },
};

const read: Operation = {
  name: "read",
  vendors: BOTH,
  isMeant: by("GET"),
  async prepare(lane) {
    const { bench, vendor } = lane;
    const state = await managed(lane);
    const [field = ""] = Object.keys(CHANGE[vendor]);
    bench.sandbox.clients.edit(
      state.id,
      vendor === "rezolve" ? { description: "drifted" } : { attributes: { productName: "drifted" } },
    );
    return {
      run: () => bench.refresh(state),
      async problem(seen) {
        if (seen === null || seen.id !== state.id) return "it is not in the state any more";
        return seen.outputs[field] === "drifted" ? null : "the drift was not seen";
      },
      again: () => bench.refresh(state),
    };
  },
};

const update: Operation = {
  name: "update",
  vendors: BOTH,
  isMeant: by("PATCH"),
  async prepare(lane) {
    const { bench, vendor } = lane;
    const state = await managed(lane);
    const inputs = { ...DECLARED[vendor], ...CHANGE[vendor] };
    return {
      run: () => bench.update(state, inputs),
      async problem(now) {
        return (
          (await oneClient(lane, now, true)) ?? (valueAt(lane, state.id) === "changed" ? null : "it was not changed")
        );
      },
      again: (now) => bench.update(now ?? state, inputs),
    };
  },
};

const rotate: Operation = {
  name: "rotate",
  vendors: ["rezolve"],
  isMeant: (method, path) => method === "POST" && path.endsWith("/rotate-secret"),
  async prepare(lane) {
    const { bench, vendor } = lane;
    const state = await managed(lane);
    const inputs = { ...DECLARED[vendor], rotateSecretWhen: { quarter: "2026-Q4" } };
    const before = state.outputs.clientSecret;
    return {
      run: () => bench.update(state, inputs),
      async problem(now) {
        if (now?.outputs.clientSecret === before) return "the secret is the old one";
        return oneClient(lane, now, true);
      },
      again: (now) => bench.update(now ?? state, inputs),
    };
  },
};

const tombstone: Operation = {
  name: "tombstone",
  vendors: BOTH,
  isMeant: by("DELETE"),
  async prepare(lane) {
    const { bench, vendor } = lane;
    const state = await managed(lane);
    const inputs = { ...DECLARED[vendor], status: "deleted" };
    return {
      run: () => bench.update(state, inputs),
      async problem(now) {
        if (now?.outputs.revocation === null) return "the state has no evidence";
        return goneWithEvidence(lane, [state.id], TOKENS[vendor]);
      },
      again: (now) => bench.update(now ?? state, inputs),
    };
  },
};

const deletion: Operation = {
  name: "delete",
  vendors: BOTH,
  isMeant: by("DELETE"),
  async prepare(lane) {
    const state = await managed(lane);
    const run = async () => {
      await lane.bench.delete(state);
      return null;
    };
    return { run, problem: () => goneWithEvidence(lane, [state.id], TOKENS[lane.vendor]), again: run };
  },
};

const deletionResource: Operation = {
  name: "…Deletion",
  vendors: BOTH,
  isMeant: by("DELETE"),
  async prepare(lane) {
    const { bench, vendor } = lane;
    const targetId = (await managed(lane)).id;
    bench.kind = vendor === "rezolve" ? "rezolve:OAuthClientDeletion" : "nexus:ClientDeletion";
    bench.urn = "urn:gone";
    const run = () => bench.create({ targetId });
    return { run, problem: () => goneWithEvidence(lane, [targetId], TOKENS[vendor]), again: run };
  },
};

const purge: Operation = {
  name: "…Purge",
  vendors: BOTH,
  isMeant: by("DELETE"),
  async prepare(lane) {
    const { bench, vendor } = lane;
    const targetIds: string[] = [];
    for (const name of ["pr-1", "pr-2", "pr-3"]) targetIds.push(await strange(lane, name));
    bench.kind = vendor === "rezolve" ? "rezolve:OAuthClientPurge" : "nexus:ClientPurge";
    bench.urn = "urn:purge";
    return {
      run: () => bench.create({ targetIds }),
      problem: () => goneWithEvidence(lane, targetIds, vendor === "rezolve" ? 0 : null),
      again: (state) => (state === null ? bench.create({ targetIds }) : bench.update(state, { targetIds })),
    };
  },
};

const list: Operation = {
  name: "list",
  vendors: BOTH,
  isMeant: by("GET"),
  async prepare(lane) {
    const { bench, vendor } = lane;
    for (const name of ["pr-1", "pr-2", "other"]) await strange(lane, name);
    let found: string[] = [];
    const run = async () => {
      const lookUps = new LookUps({ env: bench.env, config: () => undefined });
      const clients = await lookUps.find(vendor, { namePrefix: "pr-" });
      found = clients.map(({ name }) => String(name)).sort();
      return null;
    };
    const problem = async () => (found.join() === "pr-1,pr-2" ? null : `it found ${found.join(", ") || "nothing"}`);
    return { run, problem, again: run };
  },
};

const sweep: Operation = {
  name: "sweep",
  vendors: BOTH,
  isMeant: by("DELETE"),
  async prepare(lane) {
    const { bench, vendor } = lane;
    const ids: string[] = [];
    for (const name of ["pr-1", "pr-2", "pr-3"]) ids.push(await strange(lane, name));
    const tenant = bench.sandbox.tenants[0].id;
    const plan = join(lane.folder, `sweep-${ids[0]}.json`);
    const output = join(lane.folder, `outcome-${ids[0]}.json`);
    const options: SweepOptions = {
      vendor,
      connection: "default",
      excludeManaged: false,
      refuse: [],
      maxPlanAge: 1,
      format: "json",
      output,
    };
    const session = () => new Session({ env: bench.env, config: () => undefined });
    const planning = session();
    await planned(planning, {
      ...options,
      namePrefix: "pr-",
      plan,
      output: join(lane.folder, `planned-${ids[0]}.json`),
    });
    await planning.close();
    const run = async () => {
      const applying = session();
      try {
        const code = await applied(applying, plan, { ...options, yes: true, tenant });
        if (code === EXIT.ok) return null;
        const { results } = JSON.parse(await readFile(output, "utf8")) as {
          results: { outcome: string; because: string }[];
        };
        const failed = results.filter(({ outcome }) => outcome === "failed");
        throw new Error(`${failed.length} could not be deleted: ${failed.map(({ because }) => because).join("; ")}`);
      } finally {
        await applying.close();
      }
    };
    return { run, problem: () => goneWithEvidence(lane, ids, vendor === "rezolve" ? 0 : null), again: run };
  },
};

export const OPERATIONS: readonly Operation[] = [
  create,
  adopt,
  read,
  update,
  rotate,
  tombstone,
  deletion,
  deletionResource,
  purge,
  list,
  sweep,
];

/** What a failed operation leaves in the state; null where it leaves nothing. */
export async function leftBy(error: unknown): Promise<State | null> {
  if (!(error instanceof Error) || !("id" in error)) return null;
  return partialState(Promise.reject(error));
}
