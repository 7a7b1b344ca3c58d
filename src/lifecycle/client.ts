import { diffDeclared, sameValue } from "../core/diff.ts";
import { isRecord } from "../core/json.ts";
import type { Revocation } from "../core/revocation.ts";
import { say } from "../core/text.ts";
import { adopt, announceAdoption, existingClient } from "./adoption.ts";
import { Attempts } from "./attempts.ts";
import { checkInputs, isNew } from "./check.ts";
import { claimDifference, isClaim, withoutClaim } from "./claim.ts";
import { createNew } from "./creation.ts";
import { deleteClient } from "./deletion.ts";
import { type ClientDriver, workOn } from "./driver.ts";
import { deletesClient, deletesLeavingClient, hadClient, heldClient, keepsClient } from "./held.ts";
import { inDoubt, toPatch } from "./in-doubt.ts";
import { type Wanted, wantedIn } from "./inputs.ts";
import { type Difference, keeping, type Lifecycle, type Operation, type Recorded } from "./lifecycle.ts";
import { placeIn } from "./place.ts";
import type { Properties } from "./properties.ts";
import { importClient, readClaimed, readClient } from "./reading.ts";
import { isTombstone, type RecordedClient } from "./recorded.ts";
import { settleClaim } from "./settling.ts";
import { neverCreated, nothingKnown, readRecorded, tombstoneOf } from "./state.ts";
import { staysDeleted, terminalDifference, unknownStatusWarnings } from "./tombstone.ts";
import { updateAlive } from "./update.ts";
import { nameOf, type VendorWords } from "./words.ts";

/** Inputs that only matter to us: recorded, never sent. What the program has taken out is in no state any more. */
function settingsIn({ connection, deletion, adopt }: Properties): Properties {
  return { connection, deletion, adopt };
}

/** The life cycle of a vendor's clients, for one process. */
export function clientLifecycle(driver: ClientDriver): Lifecycle {
  const { kind, words, schema } = driver;
  const attempts = new Attempts();
  /** What the program takes over where the state has a claim, by resource. */
  const adoptions = new Map<string, Wanted>();
  /** Claims that make room for a client that the program takes over, until it has: by resource. */
  const makingRoom = new Map<string, { claim: Recorded; id: string }>();

  const kept = Object.keys(driver.keptIn({})).filter((name) => !name.startsWith("__"));
  return {
    kind,
    outputs: { computed: [...kept, "revocation", "previousRevocation", "baseUrl"], stable: driver.stable },
    deletesFirst: true,

    async check(olds, news, operation) {
      const checked = await checkInputs({
        schema,
        words,
        defaults: { status: "active" },
        olds,
        news,
        settled: staysDeleted(olds, news),
        operation,
      });
      if (isNew(olds) && checked.problems.length === 0) {
        // A replacement deletes the client that its predecessor took over, and makes a new one; a claim has none.
        const isSuccessor =
          Object.keys(operation.replacedPlace).length > 0 && !adoptions.has(resourceOf(checked.inputs, operation));
        if (!isSuccessor) announceAdoption(checked.inputs, words, operation);
      }
      return checked;
    },

    diff(id, olds, news, operation) {
      const recorded = readRecorded(driver, olds);
      if (isClaim(id)) {
        adoptions.set(resourceOf(olds, operation), meansClaimed(olds, news, words) ? wantedIn(news) : null);
        return claimDifference(recorded, news);
      }
      const held = heldClient(id, olds, words, operation);
      if (isTombstone(recorded)) hadClient(held, operation);
      else keepsClient(held, operation);
      return difference(driver, recorded, olds, news);
    },

    async create(inputs, operation) {
      const previousRevocation = operation.handover.take();
      if (inputs.status === "deleted") return neverCreated(driver, inputs, previousRevocation);
      const resource = resourceOf(inputs, operation);
      const adopted = makingRoom.get(resource);
      makingRoom.delete(resource);
      if (adopted === undefined) return createOrAdopt(inputs, wantedIn(inputs), previousRevocation, operation);
      // Just the client that the claim was judged by, or none.
      const wanted = { id: adopted.id, mustMatch: wantedIn(inputs)?.mustMatch === true };
      return keeping(adopted.claim, operation, () => createOrAdopt(inputs, wanted, previousRevocation, operation));
    },

    import: (id, where, operation) => importClient(driver, id, where, operation),

    async read(id, state, operation) {
      if (isClaim(id)) {
        const became = await settleClaim(workOn(driver, state, operation), id, state, null, attempts);
        return became.is === "found" ? readClaimed(driver, became.client.id, withoutClaim(state), operation) : null;
      }
      const recorded = readRecorded(driver, state);
      if (isTombstone(recorded)) return { id, outputs: { ...state } };
      // What is only read (`.get`) is no resource's.
      if (recorded.baseUrl !== null && !recorded.__external)
        hadClient(heldClient(id, state, words, operation), operation);
      return readClient(driver, id, state, operation);
    },

    async update(id, olds, news, operation) {
      const recorded = readRecorded(driver, olds);
      if (isTombstone(recorded)) return { id, outputs: { ...olds, ...settingsIn(news) } };
      const held = heldClient(id, olds, words, operation);
      keepsClient(held, operation);
      // An existing client is where it was recorded, whatever the defaults say now.
      const settings = { ...settingsIn(news), ...placeIn(olds, words) };
      if (news.status !== "deleted") {
        return updateAlive(driver, id, recorded, olds, { ...news, ...settings }, operation);
      }
      const state = { ...olds, ...settings };
      const revocation = await deletesClient(held, operation, () => deleteClient(driver, id, state, operation));
      return { id, outputs: tombstoneOf(driver, state, recorded, revocation) };
    },

    async delete(id, state, operation) {
      if (isClaim(id)) return deleteClaim(id, state, operation);
      const recorded = readRecorded(driver, state);
      hadClient(heldClient(id, state, words, operation), operation);
      const isOver = isTombstone(recorded);
      operation.handover.leave(isOver ? recorded.revocation : await deleteLeaving(id, state, operation));
    },
  };

  async function createOrAdopt(
    inputs: Properties,
    wanted: Wanted,
    previousRevocation: Revocation | null,
    operation: Operation,
  ) {
    const work = workOn(driver, inputs, operation);
    const existing = await existingClient(work, wanted, inputs.name);
    const known = { ...nothingKnown(driver), previousRevocation, baseUrl: work.place.connection.http.baseUrl };
    return existing === null ? createNew(work, inputs, known, attempts) : adopt(work, existing, inputs, known);
  }

  /** Settles a claim, and deletes what it turned out to be. */
  async function deleteClaim(id: string, state: Properties, operation: Operation): Promise<void> {
    const resource = resourceOf(state, operation);
    const wanted = adoptions.get(resource) ?? null;
    const became = await settleClaim(workOn(driver, state, operation), id, state, wanted, attempts);
    // Until the program has taken it over, nothing else points to what may be ours.
    if (became.is === "adopted") makingRoom.set(resource, { claim: { id, outputs: { ...state } }, id: became.id });
    let revoked: Revocation | null = null;
    if (became.is === "found") {
      // Nobody has its secret, and it was made a moment ago: nothing that guards it could ever be fulfilled.
      const made = {
        ...withoutClaim(state),
        ...driver.keptOfAdopted(became.client),
        deletion: unguarded(state.deletion),
      };
      revoked = await deleteLeaving(became.client.id, made, operation);
    }
    // Nobody used what a claim stood for: what came before it says more.
    operation.handover.leave(readRecorded(driver, state).previousRevocation ?? revoked);
  }

  function deleteLeaving(id: string, state: Properties, operation: Operation) {
    const held = heldClient(id, state, words, operation);
    return deletesLeavingClient(held, operation, () => deleteClient(driver, id, state, operation));
  }
}

/** Tells resources of this kind from each other: by their names, where the engine does not say which one it is about. */
function resourceOf({ name }: Properties, { owners }: Operation): string {
  return owners.urn ?? `named ${String(name)}`;
}

function unguarded(deletion: unknown): unknown {
  return isRecord(deletion) ? { ...deletion, onlyIf: undefined } : deletion;
}

/** Whether `adopt` can mean the client of a claim: it lives where the claim says, and under its name. */
function meansClaimed(claim: Properties, news: Properties, words: VendorWords): boolean {
  const isThere = [...words.place.map(({ key }) => key), "connection"].every((key) =>
    sameValue("text", claim[key], news[key]),
  );
  return news.status !== "deleted" && isThere && ((wantedIn(news)?.id ?? null) !== null || claim.name === news.name);
}

function difference(driver: ClientDriver, recorded: RecordedClient, olds: Properties, news: Properties): Difference {
  const terminal = terminalDifference(recorded, news, driver.words);
  if (terminal !== null) return terminal;
  const { patch: differs, replace, stateOnly } = diffDeclared(driver.fields, olds, news, recorded.__filledIn ?? {});
  const isFinal = driver.finalStatuses.includes(recorded.status ?? "") && news.status !== recorded.status;
  // What is over cannot come back: what is wanted again is another client.
  const over = isTombstone(recorded) || isFinal;
  const patch = over ? differs : toPatch(driver.fields, recorded, differs);
  const replaces = over ? [...new Set(["status", ...replace])] : replace;
  const rotation = over ? [] : (driver.rotationReasons?.(recorded, olds, news) ?? []);
  // What the program declares is its own from then on, also where the vendor has filled in the same.
  const declared = over ? [] : Object.keys(recorded.__filledIn ?? {}).filter((field) => news[field] !== undefined);
  const changed = [...new Set([...replaces, ...patch, ...stateOnly, ...rotation, ...declared])];
  const warnings = unknownStatusWarnings(recorded, news);
  const doubts = over || replaces.length > 0 ? [] : inDoubt(driver.fields, recorded);
  if (doubts.length > 0) {
    warnings.push(
      say`An update of ${nameOf(recorded.name, null)} may have changed it or not (${doubts.join(", ")}): this one sends that again.`,
    );
  }
  if (rotation.length > 0 && replaces.length === 0) {
    warnings.push(say`This update rotates the secret of ${nameOf(recorded.name, null)}: the old one stops working.`);
  }
  return { changes: changed.length > 0, replaces, changed, warnings };
}
