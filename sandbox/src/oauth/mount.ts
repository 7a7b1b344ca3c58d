import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

export type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

/** The documents that describe an OAuth server: RFC 8414, and OpenID Connect Discovery. */
const DOCUMENTS = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];

/**
 * Where the documents are asked for besides below the prefix: with the issuer's path at their end (RFC 8414 section 3.1).
 */
export function documentPaths(prefix: string): string[] {
  return DOCUMENTS.map((document) => `${document}${prefix}`);
}

/**
 * Serves the OAuth server under a prefix. It is a plain Node listener that reads the body itself, so nothing is parsed
 * here. Before the port is known there is no issuer and so no OAuth server: 503 until then.
 */
export function mountOAuth(app: FastifyInstance, prefix: string, listener: () => RequestListener | undefined): void {
  /** Hands the request over, as one for `url` below the prefix. */
  const handOver = (url: string, request: FastifyRequest, reply: FastifyReply): void => {
    const listen = listener();
    if (listen === undefined) {
      reply.code(503).send({ error: "temporarily_unavailable" });
      return;
    }
    reply.hijack();
    const raw: IncomingMessage & { originalUrl?: string } = request.raw;
    raw.originalUrl = `${prefix}${url}`;
    raw.url = url;
    listen(raw, reply.raw);
  };
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
    scope.all(`${prefix}/*`, (request, reply) => handOver(request.url.slice(prefix.length), request, reply));
    for (const document of DOCUMENTS) {
      scope.all(`${document}${prefix}`, (request, reply) => handOver(document, request, reply));
    }
  });
}
