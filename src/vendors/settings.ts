import { z } from "zod";

const seconds = (longest: number) => z.coerce.number({ error: "must be a number of seconds" }).min(0).max(longest);

/**
 * The settings that every vendor's connections have. A key `baseUrl` is the stack config `<vendor>:baseUrl` and the
 * environment variable `<VENDOR>_BASE_URL`.
 */
export const commonSettings = {
  baseUrl: z
    .url({ protocol: /^https?$/, error: "must be an http(s) address such as https://api.example.test" })
    .transform((url) => url.replace(/\/+$/, ""))
    .describe("Address of the vendor's API, without the path of its version."),
  tenantId: z.string().min(1).optional().describe("Tenant of clients that name none."),
  token: z.string().optional().meta({ secret: true }).describe("Bearer token."),
  tokenFile: z
    .string()
    .min(1)
    .optional()
    .describe("File with the bearer token; read again when it changes and after a 401."),
  timeoutSeconds: seconds(3_600)
    .gt(0)
    .default(30)
    .describe("Longest wait for a connection, a response, or more of it."),
  retryBudgetSeconds: seconds(86_400)
    .default(120)
    .describe("Time that one request may spend on retries, waits after a 429 included; 0 turns them off."),
  maxConcurrency: z.coerce
    .number({ error: "must be a whole number" })
    .int()
    .min(1)
    .max(1_024)
    .default(16)
    .describe("Requests at a time to this connection."),
  allowInsecureHttp: z
    .enum(["true", "false"])
    .default("false")
    .transform((text) => text === "true")
    .describe("Allow plain http: to hosts other than loopback."),
};

/** Settings of one connection, as far as every vendor has them. */
export interface CommonSettings {
  baseUrl: string;
  tenantId?: string | undefined;
  realmName?: string | undefined;
  token?: string | undefined;
  tokenFile?: string | undefined;
  timeoutSeconds: number;
  retryBudgetSeconds: number;
  maxConcurrency: number;
  allowInsecureHttp: boolean;
}

/** Refuses plain http: except to loopback hosts, and addresses that carry more than an address. */
export function addressProblem(baseUrl: string, allowInsecureHttp: boolean): string | null {
  const url = new URL(baseUrl);
  if (url.username !== "" || url.password !== "") return "must not contain credentials";
  if (url.search !== "" || url.hash !== "") return "must not have a query or a fragment";
  const loopback = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === "http:" && !loopback && !allowInsecureHttp) {
    return "must start with https:, because tokens would travel readable for everyone; set allowInsecureHttp to true to allow it all the same";
  }
  return null;
}
