import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import {
  type AfterEffect,
  type Answer,
  drop,
  type FaultInjector,
  faultAnswer,
  hint,
  pause,
  sendSpoilt,
} from "../controls/faults.ts";
import type { Api, RequestFacts } from "../controls/matching.ts";
import type { RateLimiter } from "../controls/rate-limit.ts";
import type { RequestLog } from "../controls/requests.ts";
import { documentPaths } from "../oauth/mount.ts";
import type { SandboxSettings } from "../settings.ts";
import { judgeHost } from "./host.ts";
import type { ErrorAnswer, VendorApi } from "./vendor-api.ts";

/** Where the OAuth server lives. */
export const OAUTH_PREFIX = "/oauth";

const OAUTH_DOCUMENTS = documentPaths(OAUTH_PREFIX);

/** Marks the sandbox's own token helpers, whose requests are neither logged nor spoilt. */
export const HELPER_HEADER = "x-sandbox-helper";

export interface ServerParts {
  readonly vendorApis: readonly VendorApi[];
  readonly settings: SandboxSettings;
  readonly requests: RequestLog;
  readonly faults: FaultInjector;
  readonly rateLimiter: RateLimiter;
  /** Names in a `Host` header that mean this sandbox. */
  readonly hostNames: ReadonlySet<string>;
  /** The value of {@link HELPER_HEADER} that only this sandbox knows. */
  readonly helperKey: string;
}

/** A server on which the vendors' APIs and the OAuth server are to be registered. */
export interface SandboxServer {
  readonly app: FastifyInstance;
  /** For answers that do not pass through fastify: spoils or reports them, and says whether it has sent one itself. */
  intercept(request: FastifyRequest["raw"], response: FastifyReply["raw"], answer: Answer): boolean;
}

function pathOf(url: string): string {
  return url.split("?", 1)[0] ?? url;
}

export function createServer(parts: ServerParts): SandboxServer {
  const { faults, rateLimiter, requests, settings, vendorApis } = parts;
  // Effects that wait for the request's real answer.
  const waiting = new WeakMap<FastifyRequest["raw"], AfterEffect>();

  const apiAt = (path: string) => vendorApis.find((api) => api.owns(path));
  const labelOf = (path: string): Api =>
    path.startsWith(`${OAUTH_PREFIX}/`) || OAUTH_DOCUMENTS.includes(path) ? "oauth" : (apiAt(path)?.vendor ?? "none");
  const ownError =
    (url: string, detail?: string) =>
    (status: number): ErrorAnswer =>
      apiAt(pathOf(url))?.errorAnswer(status, url, settings, detail) ?? {
        contentType: "application/json; charset=utf-8",
        body: {
          error: status === 404 ? "not_found" : status < 500 ? "invalid_request" : "server_error",
          error_description: detail,
        },
      };
  const sendError = (request: FastifyRequest, reply: FastifyReply, status: number, detail?: string) => {
    const { body, contentType } = ownError(request.url, detail)(status);
    return reply.code(status).type(contentType).send(JSON.stringify(body));
  };

  const intercept = (request: FastifyRequest["raw"], response: FastifyReply["raw"], answer: Answer): boolean => {
    const effect = waiting.get(request);
    if (effect === undefined) {
      requests.finish(request, answer.status);
      return false;
    }
    const spoilt = sendSpoilt(effect, answer, response, ownError(request.url ?? ""));
    requests.finish(request, spoilt.status);
    spoilt.send();
    return true;
  };

  /** Carries out a fault as far as it comes before the request; says whether the request is over with it. */
  const spoilBefore = async (facts: RequestFacts, request: FastifyRequest, reply: FastifyReply): Promise<boolean> => {
    const effect = faults.take(facts);
    if (effect === undefined) return false;
    requests.note(request.raw, { fault: effect.kind });
    switch (effect.kind) {
      case "respond": {
        const { status, headers, body } = faultAnswer(effect, ownError(request.url));
        await reply.code(status).headers(headers).send(body);
        return true;
      }
      case "drop-before":
        requests.finish(request.raw, null);
        reply.hijack();
        drop(request.raw.socket, effect);
        return true;
      case "early-hints":
        requests.finish(request.raw, null);
        reply.hijack();
        void hint(effect.ms, reply.raw);
        return true;
      case "hang":
        requests.finish(request.raw, null);
        reply.hijack();
        return true;
      case "delay":
        await pause(effect.ms);
        return false;
      case "drop-after":
      case "edit":
      case "hang-after":
      case "respond-after":
      case "trickle":
      case "truncate":
        waiting.set(request.raw, effect);
        return false;
    }
  };

  /** Says whether a request is over because it is not for this sandbox. */
  const refuseStranger = async (request: FastifyRequest, reply: FastifyReply): Promise<boolean> => {
    const verdict = judgeHost(request.headers.host, parts.hostNames);
    switch (verdict.kind) {
      case "own":
        return false;
      case "malformed":
        await sendError(request, reply, 400, "The Host header is not valid.");
        return true;
      case "foreign": {
        const why = `This sandbox does not answer as ${verdict.name}, unless its option allowedHosts says so.`;
        await sendError(request, reply, 421, why);
        return true;
      }
    }
  };

  const refuseBadUrl = (_error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    sendError(request, reply, 400);
  };
  const app = Fastify({
    logger: false,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    frameworkErrors: refuseBadUrl,
  });

  app.addHook("onRequest", async (request, reply) => {
    if (request.headers[HELPER_HEADER] === parts.helperKey) return;
    const path = pathOf(request.url);
    const facts: RequestFacts = { method: request.method, path: request.url, vendor: labelOf(path) };
    requests.begin(request.raw, facts);
    if (await refuseStranger(request, reply)) return;
    if (await spoilBefore(facts, request, reply)) return;

    const api = apiAt(path);
    if (api === undefined || api.isExempt(path)) return;
    if (settings.latencyMs > 0) await pause(settings.latencyMs);
    const verdict = rateLimiter.take();
    reply.headers(verdict.headers);
    if (!verdict.allowed) await sendError(request, reply, 429);
  });

  app.addHook("onSend", (request, reply, payload, done) => {
    const body = typeof payload === "string" ? payload : "";
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) headers[name] = String(value);
    }
    // Without `done` fastify sends nothing: the answer is then already out, or lost on purpose.
    if (!intercept(request.raw, reply.raw, { status: reply.statusCode, headers, body })) done(null, payload);
  });

  app.setNotFoundHandler((request, reply) => sendError(request, reply, 404));

  return { app, intercept };
}
