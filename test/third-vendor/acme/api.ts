import { z } from "zod";
import type { Http, HttpRequest } from "../../../src/http/client.ts";
import { type Called, call, isWebPage, type Reader, type Repeat } from "../../../src/lifecycle/call.ts";
import { pathSegment } from "../../../src/lifecycle/identifier.ts";
import type { Place } from "../../../src/lifecycle/place.ts";

const optionalText = z.string().nullable().optional().catch(undefined);

/** An app, by what Acme calls its parts. */
export const wireApp = z
  .object({
    key: z.string().min(1),
    title: optionalText,
    kind: optionalText,
    callbacks: z.array(z.string()).optional().catch(undefined),
    secret: optionalText,
    made: z.number().optional().catch(undefined),
  })
  .transform(({ key, ...app }) => ({ id: key, ...app }));
export type App = z.infer<typeof wireApp>;

/** All apps of a zone, at once. */
const wireApps = z.object({ apps: z.array(wireApp) });

const wireProblem = z.object({ problem: z.string() });
const wireApp2xx = z.union([z.looseObject({ key: z.string() }), z.looseObject({ apps: z.array(z.unknown()) })]);

export const reader: Reader = {
  value: (body) => body,
  read(answer, body) {
    const problem = wireProblem.safeParse(body).data?.problem ?? null;
    const isVendors = problem !== null || wireApp2xx.safeParse(body).success;
    const author = isVendors ? "vendor" : isWebPage(answer) ? "stranger" : "unclear";
    return { author, vendorCode: null, words: problem, saysFailed: false };
  },
};

/** Requests to the apps of a space and zone. */
export class AcmeApi {
  readonly http: Http;
  readonly #apps: string;

  constructor({ connection, values }: Place) {
    this.http = connection.http;
    this.#apps = `/v2/spaces/${pathSegment(values.space ?? "", "space")}/zones/${pathSegment(values.zone ?? "none", "zone")}/apps`;
  }

  request(method: HttpRequest["method"], id: string | null, body?: Record<string, unknown>): HttpRequest {
    const path = id === null ? this.#apps : `${this.#apps}/${pathSegment(id, "app's key")}`;
    return { method, path, headers: { accept: "application/json" }, ...(body === undefined ? {} : { body }) };
  }

  app(request: HttpRequest, repeat: Repeat): Promise<Called<App>> {
    return call(this.http, reader, request, wireApp, repeat);
  }

  list(): Promise<Called<z.infer<typeof wireApps>>> {
    return call(this.http, reader, this.request("GET", null), wireApps, "idempotent");
  }
}
