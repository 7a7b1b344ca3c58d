import type { Answer } from "./faults.ts";

/**
 * Changes to a true answer.
 *
 * @example
 * // A deletion whose answer repeats the caller's token, and a list in which the first client has no id:
 * sandbox.faults.add({
 *   match: { method: "DELETE", vendor: "rezolve" },
 *   effect: { kind: "edit", set: { "/data/deletedBy/name": `Bearer ${token}` } },
 * });
 * sandbox.faults.add({
 *   match: { method: "GET", vendor: "nexus" },
 *   times: Infinity,
 *   effect: { kind: "edit", set: { "/value/0/id": undefined } },
 * });
 */
export interface AnswerEdit {
  /** Another status. */
  readonly status?: number | undefined;
  /** Added to the headers, or put in their places; `undefined` takes one out. Names in lower case. */
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * What stands at places in the JSON body, by JSON Pointer (RFC 6901): `undefined` takes it out, and `-` as the last
   * part adds an item at the end of a list. A place whose parent is not there is left alone.
   */
  readonly set?: Readonly<Record<string, unknown>> | undefined;
}

type Container = Record<string, unknown> | unknown[];

function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null;
}

function setIn(container: Container, part: string, value: unknown): void {
  if (!Array.isArray(container)) {
    // JSON has no undefined: such a field is not sent.
    container[part] = value;
    return;
  }
  const index = part === "-" ? container.length : Number(part);
  if (value === undefined) container.splice(index, 1);
  else container[index] = value;
}

/** Sets what stands at a JSON Pointer, in place; the empty one is the whole body. */
function setAt(root: Record<"body", unknown>, pointer: string, value: unknown): void {
  const parts = ["body", ...pointer.split("/").slice(1)].map((part) =>
    part.replaceAll("~1", "/").replaceAll("~0", "~"),
  );
  const last = parts.pop() ?? "body";
  let parent: unknown = root;
  for (const part of parts) {
    parent = isContainer(parent) ? Object.entries(parent).find(([name]) => name === part)?.[1] : undefined;
  }
  if (isContainer(parent)) setIn(parent, last, value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The answer with its changes. A body that is not JSON stays, unless it is set as a whole. */
export function edited(answer: Answer, { headers = {}, set = {}, status = answer.status }: AnswerEdit): Answer {
  const root = { body: parsed(answer.body) };
  for (const [pointer, value] of Object.entries(set)) setAt(root, pointer, value);
  const wanted = new Map<string, string | undefined>(Object.entries({ ...answer.headers, ...headers }));
  // The length is another one now.
  if (headers["content-length"] === undefined) wanted.delete("content-length");
  return {
    status,
    headers: Object.fromEntries([...wanted].flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
    body: root.body === undefined ? answer.body : JSON.stringify(root.body),
  };
}
