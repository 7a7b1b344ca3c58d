import { describe, expect, it, test } from "vitest";
import { alternativeFigures, type Seen } from "./alternatives.ts";

const TERRAFORM = "Terraform with a generic REST provider";

/** Each operation of so many clients, once by ours and once by Terraform. */
function seen(clients: number, ours: Partial<Seen>, terraform: Partial<Seen>): Seen[] {
  const operations = ["create", "no change", "destroy"] as const;
  return operations.flatMap((of) => [
    { of, side: "ours" as const, milliseconds: 1_000, requests: clients, ...ours },
    {
      of,
      side: "Terraform with a generic REST provider" as const,
      milliseconds: 2_000,
      requests: clients,
      ...terraform,
    },
  ]);
}

const missed = (clients: number, found: readonly Seen[]) =>
  alternativeFigures(clients, found).flatMap(({ name, holds }) => (holds === false ? [name] : []));
const judged = (clients: number, found: readonly Seen[]) =>
  alternativeFigures(clients, found).filter(({ holds }) => holds !== undefined);

describe("the figures of the alternatives", () => {
  it("hold where ours is faster with many clients and sends no more", () => {
    const found = seen(1_000, {}, {});
    expect(missed(1_000, found)).toEqual([]);
    expect(judged(1_000, found)).toHaveLength(5);
  });

  it("are missed where ours is slower with many clients, unless it creates them", () => {
    expect(missed(1_000, seen(1_000, { milliseconds: 3_000 }, {}))).toEqual([
      expect.stringContaining("no change of 1000 clients, API of"),
      expect.stringContaining("destroy of 1000 clients, API of"),
    ]);
  });

  it("only report the times of few clients", () => {
    expect(missed(100, seen(100, { milliseconds: 3_000 }, {}))).toEqual([]);
    expect(judged(100, seen(100, {}, {}))).toHaveLength(3);
  });

  it("are missed where ours sends more for a client", () => {
    expect(missed(100, seen(100, { requests: 101 }, {}))).toHaveLength(3);
    expect(missed(100, seen(100, {}, { requests: 300 }))).toEqual([]);
  });
});

test("a timing has all rounds of its side, the most requests for a client, and the state that a create leaves", () => {
  const rounds = [
    ...seen(10, { milliseconds: 1, stateBytes: 4_000 }, { requests: 30 }),
    ...seen(10, { milliseconds: 3, stateBytes: 4_002, requests: 20 }, { requests: 30 }),
  ];
  const [create, , , requests] = alternativeFigures(10, rounds);
  expect(create?.timings).toEqual([
    { of: "create", clients: 10, side: "ours", milliseconds: [1, 3], requestsPerClient: 2, stateBytes: 4_001 },
    { of: "create", clients: 10, side: TERRAFORM, milliseconds: [2_000, 2_000], requestsPerClient: 3 },
  ]);
  expect(requests?.value).toBe(`ours 2, ${TERRAFORM} 3`);
});
