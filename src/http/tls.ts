import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext, getCACertificates, type SecureContext, type SecureContextOptions } from "node:tls";
import { ConfigurationInvalid } from "../core/errors.ts";
import { type Message, say } from "../core/text.ts";

/** A setting that names a file. */
export interface FileSetting {
  /** Null when it is not set. */
  path: string | null;
  /** The setting as messages name it, set or not: `caCertFile (the environment variable REZOLVE_CA_CERT_FILE)`. */
  named: Message;
}

/** Settings of TLS. */
export interface TlsSettings {
  /** PEM file of certificate authorities to trust beside the computer's own. */
  caCertFile: FileSetting;
  /** PEM file of the client's certificate, its chain included. */
  clientCertFile: FileSetting;
  /** PEM file of the client certificate's private key, without a passphrase. */
  clientKeyFile: FileSetting;
}

/** TLS as a connection uses it. */
export interface Tls {
  /** Null for Node's defaults. One for all connections: building one parses every root certificate. */
  context: SecureContext | null;
  settings: TlsSettings;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * Reads the files of TLS settings, once: a certificate that is renewed counts from the next command on.
 *
 * @throws {ConfigurationInvalid} with every file that cannot be read or does not hold what it should
 */
export function loadTls(settings: TlsSettings): Tls {
  const problems: Message[] = [];
  const authorities = certificatesIn(settings.caCertFile, problems);
  const chain = certificatesIn(settings.clientCertFile, problems);
  const key = textOf(settings.clientKeyFile, problems);
  if (problems.length > 0) throw new ConfigurationInvalid(problems);
  if (authorities === null && chain === null) return { context: null, settings };
  try {
    const client = chain === null || key === null ? {} : { cert: chain.join("\n"), key };
    return { context: contextWith(authorities ?? [], client), settings };
  } catch (error) {
    // With the certificates read one by one before, only the key is left, or that it belongs to another certificate.
    throw new ConfigurationInvalid([
      say`What stands in ${settings.clientKeyFile.named} is not the private key of the certificate in ${settings.clientCertFile.named}, in PEM and without a passphrase (${codeOf(error)}).`,
    ]);
  }
}

/** The authorities are added: a private CA does not make the vendor's own certificate, or the proxy's, wrong. */
function contextWith(authorities: readonly string[], client: SecureContextOptions): SecureContext {
  if (authorities.length === 0) return createSecureContext(client);
  if (!trustsAsOpenssl())
    return createSecureContext({ ...client, ca: [...getCACertificates("default"), ...authorities] });
  // What OpenSSL itself trusts is in no list, only in a context that was made without one.
  const secureContext = createSecureContext(client);
  for (const authority of authorities) Object(secureContext.context).addCACert(authority);
  return secureContext;
}

/** Whether Node.js leaves it to OpenSSL which authorities to trust, as some distributions want it. */
function trustsAsOpenssl(): boolean {
  const options = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? "").split(/\s+/)];
  return options.includes("--use-openssl-ca");
}

/** Null when the setting is not set. */
function certificatesIn(setting: FileSetting, problems: Message[]): string[] | null {
  const text = textOf(setting, problems);
  if (text === null) return null;
  const blocks = text.match(CERTIFICATE) ?? [];
  if (blocks.length === 0 || !blocks.every(isCertificate)) {
    problems.push(say`What stands in ${setting.named} is not a certificate in PEM (-----BEGIN CERTIFICATE-----).`);
  }
  return blocks;
}

function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
}

function textOf(setting: FileSetting, problems: Message[]): string | null {
  if (setting.path === null) return null;
  try {
    return readFileSync(setting.path, "utf8");
  } catch (error) {
    problems.push(
      say`The file ${setting.path} of ${setting.named} cannot be read (${codeOf(error)}). A relative path starts at the Pulumi project's folder.`,
    );
    return null;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
}
