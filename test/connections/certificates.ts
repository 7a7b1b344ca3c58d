import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generate } from "selfsigned";
import { onTestFinished } from "vitest";

/** A certificate and its private key, in PEM. */
export interface KeyPair {
  cert: string;
  key: string;
}

const COMMON = { keyType: "ec", algorithm: "sha256" } as const;
const DAY_MS = 24 * 60 * 60 * 1_000;

/** A certificate authority that nobody but a test knows. */
export async function authority(name: string): Promise<KeyPair> {
  const made = await generate([{ name: "commonName", value: name }], {
    ...COMMON,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { cert: made.cert, key: made.private };
}

/** A certificate for a server on the loopback interface, or for another host. */
export function serverCertificate(ca: KeyPair, options: { host?: string; expired?: boolean } = {}): Promise<KeyPair> {
  const { host } = options;
  const names = host === undefined ? [{ type: 7 as const, ip: "127.0.0.1" }] : [{ type: 2 as const, value: host }];
  return issue(ca, host ?? "127.0.0.1", "serverAuth", options.expired === true, names);
}

/** A certificate for a client. */
export function clientCertificate(ca: KeyPair, options: { expired?: boolean } = {}): Promise<KeyPair> {
  const names = [{ type: 2 as const, value: "ci.example.test" }];
  return issue(ca, "ci.example.test", "clientAuth", options.expired === true, names);
}

async function issue(
  ca: KeyPair,
  commonName: string,
  usage: "serverAuth" | "clientAuth",
  expired: boolean,
  altNames: ({ type: 2; value: string } | { type: 7; ip: string })[],
): Promise<KeyPair> {
  const from = Date.now() - 10 * DAY_MS;
  const made = await generate([{ name: "commonName", value: commonName }], {
    ...COMMON,
    ca,
    notBeforeDate: new Date(from),
    notAfterDate: new Date(expired ? from + DAY_MS : from + 100 * DAY_MS),
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "keyUsage", digitalSignature: true },
      { name: "extKeyUsage", [usage]: true },
      { name: "subjectAltName", altNames },
    ],
  });
  return { cert: made.cert, key: made.private };
}

/** Files with these texts, until the test ends. */
export function files<Names extends string>(texts: Record<Names, string>): Record<Names, string> {
  const folder = mkdtempSync(join(tmpdir(), "connections-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const paths = { ...texts };
  for (const name in texts) {
    paths[name] = join(folder, name);
    writeFileSync(paths[name], texts[name], { mode: 0o600 });
  }
  return paths;
}
