import { z } from "zod";
import { isLoopback } from "../http/loopback.ts";

/** A text that need not be set. */
export const text = z.string().min(1).optional();

/** A value that must not be seen: kept out of every message, log line and receipt. */
export const secret = z.string().min(1).optional().meta({ secret: true });

const address = z.url({ protocol: /^https?$/, error: "must be an http(s) address such as https://api.example.test" });

/** What is off unless it is set to `true`. */
export const onOrOff = z
  .enum(["true", "false"])
  .default("false")
  .transform((value) => value === "true");

const seconds = (longest: number) => z.coerce.number({ error: "must be a number of seconds" }).min(0).max(longest);

/**
 * The setting `baseUrl`.
 *
 * @param version the path that every request begins with, for example `/api/v1`
 * @param collection the path below it, which people copy along
 */
export function baseUrl(version: string, collection: string) {
  const added = new RegExp(`${version}(?:${collection}.*)?$`);
  return address
    .transform((url) => new URL(url).href.replace(/\/+$/, ""))
    .refine((url) => !added.test(new URL(url).pathname), {
      error: ({ input }) => {
        const { origin, pathname } = new URL(String(input));
        return `must end before ${version}, which requests add: ${origin}${pathname.replace(added, "").replace(/\/+$/, "")}`;
      },
    })
    .describe("Address of the vendor's API, without the path of its version.");
}

/**
 * The settings that connections have, beside `baseUrl` and where clients live. A key
 * `tokenFile` is the stack config `<vendor>:tokenFile` and the environment variable `<VENDOR>_TOKEN_FILE`.
 */
export const commonSettings = {
  token: secret.describe("Bearer token."),
  tokenFile: text.describe("File with the bearer token; read again when it changes and after a 401."),
  tokenUrl: address
    .optional()
    .describe("Token endpoint, where bearer tokens are fetched by OAuth 2.0 client credentials."),
  authClientId: text.describe("Client id at the token endpoint."),
  authClientSecret: secret.describe("Client secret at the token endpoint."),
  authScope: text.describe("Scopes to ask for at the token endpoint, separated by spaces."),
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
  maxRequestsPerSecond: z.coerce
    .number({ error: "must be a number" })
    .min(0.001)
    .max(10_000)
    .optional()
    .describe(
      "Requests a second to this connection, in any second at the vendor, evenly spaced; also less than 1, 0.001 at least.",
    ),
  caCertFile: text.describe("PEM file of certificate authorities to trust beside the computer's own."),
  clientCertFile: text.describe("PEM file of a client certificate (mutual TLS), with its chain."),
  clientKeyFile: text.describe("PEM file of the client certificate's private key, without a passphrase."),
  allowInsecureHttp: onOrOff.describe("Allow plain http: to hosts other than localhost, 127.0.0.0/8 and ::1."),
};

/** Settings of one connection, as far as every vendor has them. */
export type CommonSettings = z.infer<z.ZodObject<typeof commonSettings>> & {
  baseUrl: string;
  /** Left out by vendors that see to it themselves. */
  uniqueNames?: boolean;
};

/** Refuses plain http: except to loopback hosts, and addresses that carry more than an address. */
export function addressProblem(address: string, allowInsecureHttp: boolean): string | null {
  const url = new URL(address);
  if (url.username !== "" || url.password !== "") return "must not contain credentials";
  if (url.search !== "" || url.hash !== "") return "must not have a query or a fragment";
  if (url.protocol === "http:" && !isLoopback(url.hostname) && !allowInsecureHttp) {
    return "must start with https:, because tokens would travel readable for everyone; set allowInsecureHttp to true to allow it all the same";
  }
  return null;
}
