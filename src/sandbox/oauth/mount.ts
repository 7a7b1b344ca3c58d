import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyInstance } from "fastify";

export type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Serves the OAuth server under a prefix. It is a plain Node listener that reads the body itself, so nothing is parsed
 * here. Before the port is known there is no issuer and so no OAuth server: 503 until then.
 */
export function mountOAuth(app: FastifyInstance, prefix: string, listener: () => RequestListener | undefined): void {
  app.register(
    async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
      scope.all("/*", (request, reply) => {
        const listen = listener();
        if (listen === undefined) {
          reply.code(503).send({ error: "temporarily_unavailable" });
          return;
        }
        reply.hijack();
        const raw: IncomingMessage & { originalUrl?: string } = request.raw;
        raw.originalUrl = request.url;
        raw.url = request.url.slice(prefix.length);
        listen(raw, reply.raw);
      });
    },
    { prefix },
  );
}
