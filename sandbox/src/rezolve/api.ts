import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from "fastify";
import { z } from "zod";
import { type JsonBody, readJson } from "../http/json.ts";
import { type Services, statusOfUnforeseen, type VendorApi } from "../http/vendor-api.ts";
import { admit, checkMediaTypes } from "./access.ts";
import { errorEnvelope, successEnvelope } from "./envelope.ts";
import { create, get, list, type Operation, remove, rotateSecret, update } from "./operations.ts";
import { invalidBody, problemForStatus, RezolveProblem } from "./problems.ts";

const BASE_PATH = "/api/v1";
const HEALTH_PATHS = ["/health", `${BASE_PATH}/health`];

interface Endpoint {
  readonly method: HTTPMethods;
  readonly path: string;
  /** Whether the contract asks for a content type. */
  readonly hasBody: boolean;
  readonly operation: Operation;
}

const endpoints: readonly Endpoint[] = [
  { method: "POST", path: "/oauth-clients", hasBody: true, operation: create },
  { method: "GET", path: "/oauth-clients", hasBody: false, operation: list },
  { method: "GET", path: "/oauth-clients/:id", hasBody: false, operation: get },
  { method: "PATCH", path: "/oauth-clients/:id", hasBody: true, operation: update },
  { method: "DELETE", path: "/oauth-clients/:id", hasBody: false, operation: remove },
  { method: "POST", path: "/oauth-clients/:id/rotate-secret", hasBody: false, operation: rotateSecret },
];

const pathParameters = z.object({ id: z.string().default("") });

function jsonOf(body: JsonBody): unknown {
  if (body.kind === "refused") throw invalidBody(400, { body: body.why });
  return body.kind === "json" ? body.value : undefined;
}

function serve(endpoint: Endpoint, services: Services) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const { headers, raw } = request;
    const body = readJson(request.body);
    if (body.kind === "json") services.requests.note(raw, { body: body.value });
    const access = await admit(headers, services, ({ actor }) => services.requests.note(raw, { caller: actor.id }));
    checkMediaTypes(headers, endpoint.hasBody);
    const { id } = pathParameters.parse(request.params);
    const query = new URL(request.url, services.url()).searchParams;
    const success = await endpoint.operation({ ...access, id, query, body: jsonOf(body) }, services);
    const { status = 200 } = success;
    return status === 204 ? reply.code(status).send() : reply.code(status).send(successEnvelope(success));
  };
}

/** No authentication, no envelope (vendor-apis 2.8). */
function health() {
  return { status: "healthy", version: "1.0.0", timestamp: new Date().toISOString() };
}

/** Rezolve.ai's API for OAuth clients. */
export const rezolveApi: VendorApi = {
  vendor: "rezolve",
  owns: (path) => path === BASE_PATH || path.startsWith(`${BASE_PATH}/`) || HEALTH_PATHS.includes(path),
  isExempt: (path) => HEALTH_PATHS.includes(path),
  errorAnswer: (status, _url, _settings, detail) => ({
    contentType: "application/json; charset=utf-8",
    body: errorEnvelope(problemForStatus(status, detail)),
  }),
  register(app: FastifyInstance, services: Services): void {
    app.register(async (scope) => {
      // Read as text and parsed later: a request without a token is 401, whatever its body.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser("*", { parseAs: "string" }, (_request, text, done) => done(null, text));
      scope.setErrorHandler((error, _request, reply) => {
        const problem = error instanceof RezolveProblem ? error : problemForStatus(statusOfUnforeseen(error));
        return reply.code(problem.status).send(errorEnvelope(problem));
      });
      for (const endpoint of endpoints) {
        const { method, path } = endpoint;
        scope.route({ method, url: `${BASE_PATH}${path}`, handler: serve(endpoint, services) });
      }
      for (const url of HEALTH_PATHS) scope.get(url, async () => health());
    });
  },
};
