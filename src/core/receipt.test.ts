import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyReceipts, receipt } from "../../test/unit/facts.ts";
import { onePerClient, safeReceipt, totalReceipts } from "./receipt.ts";
import { NO_SECRETS } from "./redaction.ts";

describe("totals", () => {
  test("of nothing are nothing, and not zero tokens", () => {
    expect(totalReceipts([])).toEqual({
      clients: 0,
      outcomes: { deleted: 0, "soft-deleted": 0, "already-gone": 0, abandoned: 0, unconfirmed: 0 },
      tokensRevoked: null,
      activeSessionsTerminated: null,
      unknownTokenCounts: 0,
      unknownSessionCounts: 0,
    });
  });

  test("add up what is known and count what is not", () => {
    const totals = totalReceipts([
      receipt({ id: "a", tokensRevoked: 2, activeSessionsTerminated: 1 }),
      receipt({ id: "b", outcome: "soft-deleted", tokensRevoked: 3 }),
      receipt({ id: "c", outcome: "already-gone" }),
      receipt({ id: "d", outcome: "abandoned" }),
    ]);
    expect(totals).toEqual({
      clients: 4,
      outcomes: { deleted: 1, "soft-deleted": 1, "already-gone": 1, abandoned: 1, unconfirmed: 0 },
      tokensRevoked: 5,
      activeSessionsTerminated: 1,
      unknownTokenCounts: 2,
      unknownSessionCounts: 3,
    });
  });

  test("of clients whose counts nobody knows are unknown, and of a zero that the vendor said zero", () => {
    expect(totalReceipts([receipt()]).tokensRevoked).toBeNull();
    expect(totalReceipts([receipt({ tokensRevoked: 0 })]).tokensRevoked).toBe(0);
  });

  test("count each client once: a second, already-gone receipt changes nothing", () => {
    const first = receipt({ tokensRevoked: 245, activeSessionsTerminated: 12 });
    const second = receipt({ outcome: "already-gone", httpStatus: 404 });
    expect(totalReceipts([first, second])).toEqual(totalReceipts([first]));
    expect(totalReceipts([second, first])).toEqual(totalReceipts([first]));
  });

  test("tell clients apart whose ids resemble secrets, in receipts that name everything as it is", () => {
    const receipts = ["api-key:1", "api-key:2"].map((id) =>
      receipt({
        id,
        clientId: `password=${id}`,
        name: "Basic reporting-service-account",
        tenantId: "secret: acme",
        realmName: "access-token:1",
        urn: "urn:pulumi:dev::reset-password::my:access-token:Of$a:b:C::bot",
      }),
    );
    const safe = receipts.map((one) => safeReceipt(one, NO_SECRETS));
    expect(safe).toEqual(receipts);
    expect(totalReceipts(safe).clients).toBe(2);
  });

  test("never know more clients than there are, and add up whatever the receipts are", () => {
    fc.assert(
      fc.property(anyReceipts, (receipts) => {
        const totals = totalReceipts(receipts);
        const clients = new Set(receipts.map(({ kind, tenantId, id }) => [kind.split(":")[0], tenantId, id].join(" ")));
        const outcomes = Object.values(totals.outcomes).reduce((sum, count) => sum + count, 0);
        expect([totals.clients, outcomes]).toEqual([clients.size, clients.size]);
        expect(totals.tokensRevoked === null).toBe(totals.unknownTokenCounts === totals.clients);
        expect(totals.activeSessionsTerminated === null).toBe(totals.unknownSessionCounts === totals.clients);
        expect(totalReceipts([...receipts, ...receipts])).toEqual(totals);
      }),
    );
  });
});

describe("the one receipt of a client", () => {
  test("is the first with counts", () => {
    const receipts = [
      receipt({ outcome: "already-gone" }),
      receipt({ tokensRevoked: 5 }),
      receipt({ tokensRevoked: 9 }),
      receipt({ outcome: "abandoned" }),
    ];
    expect(onePerClient(receipts)).toEqual([receipts[1]]);
  });

  test("is the first where none has counts", () => {
    const receipts = [receipt({ httpStatus: 404 }), receipt({ httpStatus: 410 })];
    expect(onePerClient(receipts)).toEqual([receipts[0]]);
  });

  test("is that of the deletion where it was abandoned before or after, also where nobody knows counts", () => {
    const abandoned = receipt({ kind: "nexus:Client", outcome: "abandoned", httpStatus: 0 });
    for (const outcome of ["deleted", "soft-deleted", "already-gone"] as const) {
      const gone = receipt({ kind: "nexus:Client", outcome });
      expect(onePerClient([abandoned, gone])).toEqual([gone]);
      expect(onePerClient([gone, abandoned])).toEqual([gone]);
      expect(totalReceipts([abandoned, gone]).outcomes).toMatchObject({ abandoned: 0, [outcome]: 1 });
    }
    expect(onePerClient([abandoned, { ...abandoned, httpStatus: 503 }])).toEqual([abandoned]);
  });

  test("is that of the run that found out, before or after one that nobody has confirmed", () => {
    const open = receipt({ outcome: "unconfirmed", httpStatus: 0, responseLost: true });
    for (const outcome of ["deleted", "soft-deleted", "already-gone", "abandoned"] as const) {
      const later = receipt({ outcome });
      expect(onePerClient([open, later])).toEqual([later]);
      expect(onePerClient([later, open])).toEqual([later]);
      expect(totalReceipts([open, later])).toMatchObject({ clients: 1, outcomes: { unconfirmed: 0, [outcome]: 1 } });
    }
    expect(totalReceipts([open, open])).toMatchObject({
      clients: 1,
      outcomes: { unconfirmed: 1 },
      tokensRevoked: null,
    });
  });

  test("has counts where it says one of the two", () => {
    const receipts = [receipt(), receipt({ activeSessionsTerminated: 0 })];
    expect(onePerClient(receipts)).toEqual([receipts[1]]);
  });

  test("is another one's in another tenant or at another vendor", () => {
    const receipts = [
      receipt(),
      receipt({ tenantId: "tenant-2" }),
      receipt({ kind: "nexus:Client" }),
      receipt({ id: "client-2" }),
    ];
    expect(onePerClient(receipts)).toEqual(receipts);
  });

  test("is the same whichever resource deleted it", () => {
    expect(
      onePerClient([receipt({ tokensRevoked: 1 }), receipt({ kind: "rezolve:OAuthClientDeletion" })]),
    ).toHaveLength(1);
  });
});
