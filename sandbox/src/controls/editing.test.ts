import { describe, expect, it } from "vitest";
import { edited } from "./editing.ts";

const answer = {
  status: 200,
  headers: { "content-type": "application/json", "content-length": "55" },
  body: JSON.stringify({ "@odata.count": 2, value: [{ id: "a", "x/y": 1 }, { id: "b" }] }),
};

const body = (set: Record<string, unknown>): unknown => JSON.parse(edited(answer, { set }).body);

describe("An edited answer", () => {
  it.each([
    ["a field", { "/@odata.count": 0 }, { "@odata.count": 0, value: [{ id: "a", "x/y": 1 }, { id: "b" }] }],
    ["a field within a list", { "/value/0/id": null }, { value: [{ id: null, "x/y": 1 }, { id: "b" }] }],
    ["a new field", { "/value/1/name": "b" }, { value: [{ id: "a" }, { id: "b", name: "b" }] }],
    ["an escaped name", { "/value/0/x~1y": 2 }, { value: [{ id: "a", "x/y": 2 }, { id: "b" }] }],
    ["an item", { "/value/1": "odd" }, { value: [{ id: "a" }, "odd"] }],
    ["an item at the end", { "/value/-": 3 }, { value: [{ id: "a" }, { id: "b" }, 3] }],
  ])("has %s set", (_title, set, expected) => {
    expect(body(set)).toMatchObject(expected);
  });

  it.each([
    ["a field", { "/@odata.count": undefined }, { value: [{ id: "a", "x/y": 1 }, { id: "b" }] }],
    ["an item's field", { "/value/1/id": undefined }, { "@odata.count": 2, value: [{ id: "a", "x/y": 1 }, {}] }],
    ["an item", { "/value/0": undefined }, { "@odata.count": 2, value: [{ id: "b" }] }],
  ])("has %s taken out", (_title, set, expected) => {
    expect(body(set)).toStrictEqual(expected);
  });

  it("stays as it is where there is nothing to set a field of", () => {
    expect(body({ "/nothing/here": 1, "/value/7/id": 1, "/@odata.count/x": 1 })).toStrictEqual(JSON.parse(answer.body));
  });

  it("can have another status, other headers and another body as a whole", () => {
    const {
      headers,
      status,
      body: text,
    } = edited(answer, {
      status: 207,
      headers: { "content-type": undefined, location: "/%E0%A4%A" },
      set: { "": [] },
    });

    expect([status, headers, text]).toStrictEqual([207, { location: "/%E0%A4%A" }, "[]"]);
  });

  it("keeps a body that is not JSON", () => {
    expect(edited({ ...answer, body: "" }, { status: 200, set: { "/id": 1 } }).body).toBe("");
  });
});
