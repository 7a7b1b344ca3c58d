import type { IncomingMessage, ServerResponse } from "node:http";
import type { ServerOptions } from "node:https";
import { serve } from "./support.ts";

/** What one token request brought along. */
export interface TokenRequest {
  authorization: string | undefined;
  form: URLSearchParams;
}

/** An API and its token endpoint on one address. */
export interface TokenServer {
  baseUrl: string;
  tokenUrl: string;
  tokenRequests: TokenRequest[];
  /** Authorization headers of the API's requests, in order. */
  apiRequests: (string | undefined)[];
  /** A new token that the API takes, for an `answer` to give. */
  issued(): string;
  /** The API refuses every token that was issued so far. */
  revokeAll(): void;
}

/** How the token endpoint answers; `number` counts its requests from 1. */
type Answer = (response: ServerResponse, request: TokenRequest, number: number) => void;

/** Starts both. The API answers 200 to issued tokens that are not revoked, else 401. */
export async function startTokenServer(
  options: {
    answer?: Answer;
    expiresIn?: number;
    /** The API refuses a token so long after it was issued, whatever `expiresIn` says. */
    lifeMs?: number;
    apiDelayMs?: number;
    tokenDelayMs?: number;
    tls?: ServerOptions;
  } = {},
): Promise<TokenServer> {
  const tokenRequests: TokenRequest[] = [];
  const apiRequests: (string | undefined)[] = [];
  /** When each was issued. */
  const good = new Map<string, number>();
  const issued = (token: string) => {
    good.set(`Bearer ${token}`, performance.now());
    return token;
  };
  const issue: Answer = (response, _request, number) => {
    const token = issued(`token-${number}`);
    sendJson(response, 200, { access_token: token, token_type: "Bearer", expires_in: options.expiresIn });
  };
  const baseUrl = await serve(async (request, response) => {
    if (request.url !== "/oauth/token") {
      apiRequests.push(request.headers.authorization);
      const issuedAt = good.get(request.headers.authorization ?? "") ?? Number.NEGATIVE_INFINITY;
      const isOld = performance.now() - issuedAt >= (options.lifeMs ?? Number.MAX_VALUE);
      await delay(options.apiDelayMs ?? 0);
      sendJson(response, !isOld && good.has(request.headers.authorization ?? "") ? 200 : 401, {});
      return;
    }
    const tokenRequest = {
      authorization: request.headers.authorization,
      form: new URLSearchParams(await bodyOf(request)),
    };
    const number = tokenRequests.push(tokenRequest);
    await delay(options.tokenDelayMs ?? 0);
    (options.answer ?? issue)(response, tokenRequest, number);
  }, options.tls ?? null);
  return {
    baseUrl,
    tokenUrl: `${baseUrl}/oauth/token`,
    tokenRequests,
    apiRequests,
    issued: () => issued(`token-${tokenRequests.length}`),
    revokeAll: () => good.clear(),
  };
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString();
}
