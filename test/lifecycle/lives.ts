import fc from "fast-check";
import type { SandboxSettings } from "pulumi-oauth-clients-sandbox";
import type { Bench, Values } from "./support.ts";

/** How the vendor behaves. */
interface Behaviour {
  shared: Partial<Omit<SandboxSettings, "rezolve" | "nexus">>;
  own: Values;
}

/** What happens to the client, beside its creation and its end. */
const STEPS = ["refresh", "update", "drift", "rotate", "use", "restart", "vanish", "wrong-tenant"] as const;

interface Step {
  do: (typeof STEPS)[number];
  /** What the program says from an update on. */
  change: Values;
}

/** A client's life. */
export interface Life {
  behaviour: Behaviour;
  /** What the program says from the start. */
  declared: Values;
  others: number;
  steps: readonly Step[];
  /** Whether a destroy ends it, or an update that leaves a tombstone. */
  end: "destroy" | "tombstone";
}

/** What somebody got who used a client. */
interface Used {
  accessTokens: number;
  refreshTokens: number;
  sessions: number;
}

type Sandbox = Bench["sandbox"];

/** A kind of client, and what its vendor makes of requests. */
export interface Kind {
  kind: string;
  settings: "rezolve" | "nexus";
  program: Values;
  declared: fc.Arbitrary<Values>;
  /** What an update can change in place. */
  changes: readonly Values[];
  own: fc.Arbitrary<Values>;
  /** What the vendor has, by the names of inputs. */
  atVendor(client: NonNullable<ReturnType<Sandbox["clients"]["get"]>>): Values;
  /** What a create makes of a program. */
  made(program: Values, settings: SandboxSettings): Values;
  /** What a patch asks for, by the names of inputs. */
  asked(body: Values): Values;
  /** What a field is after a patch asked for a value. */
  patched(field: string, asked: unknown, had: unknown, settings: SandboxSettings): unknown;
  drift: Parameters<Sandbox["clients"]["edit"]>[1];
  /** Signs in, or fails. */
  use(sandbox: Sandbox, credentials: { clientId: string; clientSecret: string }): Promise<Used>;
  /** Whether the vendor says what a deletion ended. */
  counts: boolean;
}

const seldom = <Usual, Odd>(usual: Usual, odd: Odd) =>
  fc.oneof({ weight: 7, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constant(odd) });

const pages = fc.record({
  maxLimit: fc.constantFrom(1, 2, 3, 100),
  hasMore: fc.constantFrom("actual", "always", "never"),
  ignoresOffset: seldom(false, true),
});

/** How Nexus may tell the owners in one text apart. */
const BETWEEN_OWNERS = { comma: ",", semicolon: ";", space: " ", json: /(?!)/, single: /(?!)/ } as const;

/** The one part of it that is tried. */
function mobileOf(wire: unknown): Values | null {
  const { ios }: { ios?: unknown } = Object(wire);
  const { team_id: teamId }: { team_id?: unknown } = Object(ios);
  return typeof teamId === "string" ? { ios: { teamId } } : null;
}

export const KINDS: readonly Kind[] = [
  {
    kind: "rezolve:OAuthClient",
    settings: "rezolve",
    program: {
      name: "CI bot",
      clientType: "confidential",
      redirectUris: ["https://bot.example.test/cb"],
      grantTypes: ["authorization_code", "client_credentials", "refresh_token"],
      scopes: ["users:read"],
      status: "active",
    },
    declared: fc.constant({}),
    changes: [
      { description: "changed" },
      { scopes: ["users:read", "users:write"] },
      { allowedOrigins: [] },
      { status: "inactive" },
      {},
    ],
    own: fc.record({
      deletion: fc.constantFrom("hard", "soft"),
      retentionDays: fc.constantFrom(0.5, 30, 365),
      softDeletedGet: fc.constantFrom("404", "deleted"),
      softDeletedHoldsName: fc.boolean(),
      statusPatch: fc.constantFrom("accept", "refuse", "ignore"),
      patchStatus: fc.constantFrom(200, 204),
      createSecret: fc.boolean(),
      pages,
      tenantUnknown: fc.constantFrom(404, 403, 400),
      rotation: fc.record({
        field: fc.constantFrom("clientSecret", "newClientSecret", "new-beside-null"),
        graceSeconds: fc.constantFrom(0, 60),
      }),
    }),
    atVendor: ({ name, description, scopes, redirectUris, allowedOrigins, status }) => {
      return { name, description, scopes, redirectUris, allowedOrigins, status };
    },
    made: (program) => program,
    asked: (body) => body,
    patched: (field, asked, had, { rezolve }) => (field === "status" && rezolve.statusPatch === "ignore" ? had : asked),
    drift: { description: "by somebody else", scopes: ["openid"] },
    async use(sandbox, credentials) {
      await sandbox.issueToken(credentials);
      await sandbox.signIn(credentials);
      return { accessTokens: 2, refreshTokens: 1, sessions: 1 };
    },
    counts: true,
  },
  {
    kind: "nexus:Client",
    settings: "nexus",
    program: { name: "Portal", appType: "non_interactive" },
    declared: fc.record(
      {
        owners: fc.constantFrom(["u-1", "u-2"], ["u-1"], ["Admins; EU", "u-2"], ["Admins, EU"]),
        mobile: fc.constant({ ios: { teamId: "T-1" } }),
      },
      { requiredKeys: [] },
    ),
    changes: [
      { productName: "changed" },
      { callbackUrls: ["https://a.example.test"] },
      { callbackUrls: [] },
      { owners: ["u-2"] },
      { mobile: { ios: { teamId: "T-2" } } },
      { mobile: undefined, owners: undefined },
    ],
    own: fc.record({
      createStatus: fc.constantFrom(200, 201),
      createBody: fc.constantFrom("full", "id-only", "without-id", "empty"),
      createLocation: fc.boolean(),
      ownersPacking: fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom("comma", "semicolon", "space", "single") },
        { weight: 1, arbitrary: fc.constant("json") },
      ),
      duplicateNames: fc.boolean(),
      secret: fc.constantFrom("populated", "masked", "null"),
      secretMask: fc.constantFrom("********", "[redacted]", "abcd…wxyz", "[client-secret-not-shown]"),
      nullFields: fc.subarray(["owners", "logoUrl", "grantTypes", "type", "client_upn_key"]),
      ignoresQuery: fc.boolean(),
      ignoresSkip: seldom(false, true),
      search: fc.constantFrom("contains", "misses"),
      count: fc.constantFrom("all", "page", "zero", "null", "absent"),
      maxTop: fc.constantFrom(1, 2, 3, 100),
      topTooLarge: seldom("clamp", "refuse"),
      patchStatus: fc.constantFrom(200, 204),
      patchNull: fc.constantFrom("ignore", "clear"),
      patchArrays: fc.constantFrom("replace", "merge"),
      errorContentType: fc.constantFrom("application/problem+json", "application/json"),
      singleGet: fc.constantFrom(404, 405),
      invisible: fc.constantFrom("403", "404"),
      tenantUnknown: fc.constantFrom(404, 403, 400),
    }),
    atVendor: ({ name, redirectUris, attributes: { owners, productName, mobile } }) => {
      return { name, callbackUrls: redirectUris, owners, productName, mobile: mobileOf(mobile) };
    },
    made({ owners, ...program }, { nexus }) {
      // Of several, a create names one.
      const [first = ""] = Array.isArray(owners) ? owners : [];
      const parts = String(first).split(BETWEEN_OWNERS[nexus.ownersPacking]);
      return { ...program, owners: parts.map((owner) => owner.trim()).filter((owner) => owner !== "") };
    },
    asked: ({ mobile, ...body }) => (mobile === undefined ? body : { ...body, mobile: mobileOf(mobile) }),
    patched(_field, asked, had, { nexus }) {
      if (asked === null && nexus.patchNull === "ignore") return had;
      const isMerged = Array.isArray(asked) && Array.isArray(had) && nexus.patchArrays === "merge";
      return isMerged ? [...had, ...asked] : asked;
    },
    drift: { redirectUris: ["https://else.example.test"], attributes: { productName: "by somebody else" } },
    async use(sandbox, credentials) {
      await sandbox.issueToken(credentials);
      return { accessTokens: 1, refreshTokens: 0, sessions: 0 };
    },
    counts: false,
  },
];

const shared: fc.Arbitrary<Behaviour["shared"]> = fc.record(
  {
    listLag: fc.record({ createdMs: fc.constantFrom(0, 20), deletedMs: fc.constantFrom(0, 20) }),
    tokenSettings: fc.record({ accessTokenLifetime: seldom(3600, 1), refreshTokenLifetime: seldom(86_400, 1) }),
    retryAfter: fc.constantFrom("none", "seconds", "date"),
    rateLimitReset: fc.constantFrom("epoch-seconds", "epoch-milliseconds", "delta-seconds"),
    rateLimit: fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, fc.constant({ limit: 3, windowSeconds: 0.2 })),
  },
  { requiredKeys: [] },
);

/** Lives, drawn at random. */
export const lives = ({ own, declared, changes }: Kind): fc.Arbitrary<Life> =>
  fc.record({
    behaviour: fc.record({ shared, own }),
    declared,
    others: fc.constantFrom(0, 3),
    steps: fc.array(fc.record({ do: fc.constantFrom(...STEPS), change: fc.constantFrom(...changes) }), {
      maxLength: 6,
      size: "max",
    }),
    end: fc.constantFrom("destroy", "tombstone"),
  });
