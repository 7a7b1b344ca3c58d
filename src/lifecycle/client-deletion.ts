import type { z } from "zod";
import type { ChangeEffect, FieldPolicies } from "../core/diff.ts";
import { diffDeclared } from "../core/diff.ts";
import { OAuthClientsError } from "../core/errors.ts";
import { identifier, type Message, say } from "../core/text.ts";
import { isUnknown } from "../core/unknown.ts";
import { checkInputs, isNew } from "./check.ts";
import { deleteClient } from "./deletion.ts";
import type { ClientDriver } from "./driver.ts";
import { deletesClient, heldClient, problemWithTarget } from "./held.ts";
import type { Lifecycle, Operation } from "./lifecycle.ts";
import { isSamePlace, placePolicies } from "./place.ts";
import { type Properties, pick, text } from "./properties.ts";
import type { VendorWords } from "./words.ts";

const as = (effect: ChangeEffect, compared: "text" | "value" = "text") => ({ effect, as: compared });

/** Another target is another deletion; how the last one was to be done changes nothing any more. */
function policiesFor(words: VendorWords): FieldPolicies {
  return {
    targetId: as("replace"),
    ...placePolicies(words),
    deletion: as("state-only", "value"),
    connection: as("state-only"),
  };
}

const EVIDENCE = ["outcome", "tokensRevoked", "activeSessionsTerminated", "deletedAt", "revocation"] as const;

/**
 * The life cycle of a `…Deletion` resource: creating it deletes a client that no stack manages, its outputs are the
 * evidence, and deleting it calls nothing.
 */
export function clientDeletion(driver: ClientDriver, { kind, schema }: { kind: string; schema: z.ZodType }): Lifecycle {
  const { words } = driver;
  const policies = policiesFor(words);
  return {
    kind,
    outputs: { computed: EVIDENCE, stable: [] },
    deletesFirst: false,

    async check(olds, news, operation) {
      const checked = await checkInputs({
        schema,
        words,
        defaults: {},
        olds,
        news,
        settled: isDone(olds, news, words),
        operation,
      });
      if (isDone(olds, news, words)) return checked;
      const shared = problemWithTarget(targetOf(checked.inputs, words, operation), operation);
      const problems = [...checked.problems, ...(shared === null ? [] : [say`targetId: ${shared}`])];
      // Pulumi shows a creation, in the preview too, where nothing else of ours is called.
      if (isNew(olds) && problems.length === 0) {
        const { targetId } = checked.inputs;
        operation.log("warning", say`Creating this resource DELETES ${shown(targetId)}.`);
        operation.explain(
          say`A resource of the kind ${kind} deletes a client at ${words.title} when it is created: its tokens are revoked, and it cannot be undone.`,
        );
      }
      return { ...checked, problems };
    },

    diff(_id, olds, news) {
      const { replace, stateOnly } = diffDeclared(policies, olds, news);
      const changed = [...replace, ...stateOnly];
      return { changes: changed.length > 0, replaces: replace, changed, warnings: [] };
    },

    async create(inputs, operation) {
      const targetId = text(inputs.targetId) ?? "";
      const target = targetOf(inputs, words, operation);
      const shared = problemWithTarget(target, operation);
      if (shared !== null) throw new OAuthClientsError("client-shared", say`Cannot delete ${target.named}: ${shared}`);
      const revocation = await deletesClient(target, operation, () =>
        deleteClient(driver, targetId, inputs, operation),
      );
      const { outcome, tokensRevoked, activeSessionsTerminated, deletedAt } = revocation;
      const evidence = { outcome, tokensRevoked, activeSessionsTerminated, deletedAt, revocation };
      return { id: targetId, outputs: { ...inputs, ...evidence } };
    },

    read: async (id, state) => ({ id, outputs: { ...state } }),

    update: async (id, olds, news) => ({ id, outputs: { ...news, ...pick(olds, EVIDENCE) } }),

    delete: async () => {},
  };
}

function targetOf(inputs: Properties, words: VendorWords, operation: Operation) {
  return heldClient(text(inputs.targetId) ?? "", inputs, words, operation);
}

/** Whether the deletion that the inputs ask for is the one that was done. */
function isDone(olds: Properties, news: Properties, words: VendorWords): boolean {
  return text(olds.targetId) !== null && olds.targetId === news.targetId && isSamePlace(olds, news, words);
}

/** A client in a sentence, also where the preview does not know it yet. */
function shown(targetId: unknown): Message {
  return isUnknown(targetId)
    ? say`an OAuth client that is not known yet`
    : say`the OAuth client ${identifier(String(targetId))}`;
}
