import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from "fastify";
import { z } from "zod";
import { type JsonBody, readJson } from "../http/json.ts";
import { type ErrorAnswer, type Services, statusOfUnforeseen, type VendorApi } from "../http/vendor-api.ts";
import type { SandboxSettings } from "../settings.ts";
import { admit } from "./access.ts";
import { create, list, type Operation, remove, update } from "./operations.ts";
import { badRequest, NexusProblem, problemDetails } from "./problems.ts";

const BASE_PATH = "/v1";
const CLIENTS_PATH = `${BASE_PATH}/tenants/:tenantId/clients`;

interface Endpoint {
  readonly method: HTTPMethods;
  readonly url: string;
  readonly operation: Operation;
}

const endpoints: readonly Endpoint[] = [
  { method: "POST", url: CLIENTS_PATH, operation: create },
  { method: "GET", url: CLIENTS_PATH, operation: list },
  { method: "PATCH", url: `${CLIENTS_PATH}/:id`, operation: update },
  { method: "DELETE", url: `${CLIENTS_PATH}/:id`, operation: remove },
];

const pathParameters = z.object({ tenantId: z.string(), id: z.string().default("") });

function readBody(request: FastifyRequest, body: JsonBody): unknown {
  if (!/^application\/([\w.-]+\+)?json\b/i.test(request.headers["content-type"] ?? "")) {
    throw new NexusProblem(415, "The body must be sent as application/json.");
  }
  if (body.kind === "json") return body.value;
  throw badRequest(body.kind === "refused" ? `${body.why}.` : "The body is empty.");
}

function serve({ operation }: Endpoint, services: Services) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const { raw } = request;
    const body = readJson(request.body);
    if (body.kind === "json") services.requests.note(raw, { body: body.value });
    const { id, tenantId } = pathParameters.parse(request.params);
    const access = await admit(tenantId, request.headers, services, ({ actor }) =>
      services.requests.note(raw, { caller: actor.id }),
    );
    const { searchParams: query } = new URL(request.url, services.url());
    const { origin } = new URL(request.headers.host === undefined ? services.url() : `http://${request.headers.host}`);
    // Nothing is awaited from here on: what an operation looks at stays as it is until the operation is over.
    const success = operation({ ...access, id, query, origin, body: () => readBody(request, body) }, services);
    reply.code(success.status).headers(success.headers ?? {});
    return success.body === undefined ? reply.send() : reply.send(success.body);
  };
}

/** There is no GET of a single client (vendor-apis 4.0), so nobody is asked for credentials either. */
function singleGet({ settings }: Services) {
  return async () => {
    if (settings.nexus.singleGet === 404) throw new NexusProblem(404, "There is nothing at this path.");
    throw new NexusProblem(405, "This path takes PATCH and DELETE.", { allow: "PATCH, DELETE" });
  };
}

function errorAnswer(status: number, url: string, settings: SandboxSettings, detail?: string): ErrorAnswer {
  const [path = url] = url.split("?", 1);
  return {
    contentType: `${settings.nexus.errorContentType}; charset=utf-8`,
    body: problemDetails(status, detail, path),
  };
}

/** ECI Nexus's API for the clients of a tenant. */
export const nexusApi: VendorApi = {
  vendor: "nexus",
  owns: (path) => path === BASE_PATH || path.startsWith(`${BASE_PATH}/`),
  isExempt: () => false,
  errorAnswer,
  register(app: FastifyInstance, services: Services): void {
    app.register(async (scope) => {
      // Read as text and parsed later: a request without credentials is 401, whatever its body.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser("*", { parseAs: "string" }, (_request, text, done) => done(null, text));
      scope.setErrorHandler((error, request, reply) => {
        const problem = error instanceof NexusProblem ? error : undefined;
        const status = problem?.status ?? statusOfUnforeseen(error);
        const { body, contentType } = errorAnswer(status, request.url, services.settings, problem?.message);
        return reply
          .code(status)
          .headers(problem?.headers ?? {})
          .type(contentType)
          .send(JSON.stringify(body));
      });
      for (const endpoint of endpoints) {
        scope.route({ method: endpoint.method, url: endpoint.url, handler: serve(endpoint, services) });
      }
      scope.get(`${CLIENTS_PATH}/:id`, singleGet(services));
    });
  },
};
