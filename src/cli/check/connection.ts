import { ConfigurationInvalid, describeError, OAuthClientsError } from "../../core/errors.ts";
import { identifier, say } from "../../core/text.ts";
import { orThrow } from "../../lifecycle/call.ts";
import { workOn } from "../../lifecycle/driver.ts";
import { listFailure } from "../../lifecycle/failures.ts";
import type { Operation } from "../../lifecycle/lifecycle.ts";
import { notAll } from "../clients.ts";
import type { PlaceOptions } from "../options.ts";
import type { Session, Site } from "../session.ts";
import { type Finding, Findings } from "./finding.ts";

/** What is checked of a connection, in the order in which one needs the other. */
const CHECKS = ["settings", "address", "credentials", "tenant", "reading", "changing"] as const;
type Check = (typeof CHECKS)[number];

/** Which check an error of a request is about; any other is about reading. */
const ABOUT: Readonly<Record<string, Check>> = {
  "vendor-unavailable": "address",
  "not-the-vendor": "address",
  "response-invalid": "address",
  "rate-limited": "address",
  "operation-timeout": "address",
  "configuration-invalid": "credentials",
  "credentials-rejected": "credentials",
  "tenant-unknown": "tenant",
  "permission-missing": "reading",
};

/** Whether a deployment could work with a connection, as far as that can be told without changing anything. */
export async function checkConnection(
  session: Session,
  options: PlaceOptions & { vendor: string },
): Promise<Finding[]> {
  const findings = new Findings(`${options.vendor}:${options.connection}`);
  let site: Site;
  try {
    site = session.site(options);
  } catch (error) {
    if (!(error instanceof ConfigurationInvalid)) throw error;
    for (const problem of error.problems) findings.failed("settings", problem, error.code);
    findings.notReached(CHECKS.slice(1));
    return findings.all;
  }
  const missing = site.vendor.place.filter(({ key, optional }) => !optional && site.where[key] === undefined);
  findings.add("settings", "ok", say`They are complete, for ${session.baseUrlOf(site)}.`);
  if (missing.length > 0) {
    const nouns = missing.map(({ noun }) => noun).join(", ");
    findings.add(
      "tenant",
      "unknown",
      say`There is no default ${nouns}: every resource must name one.`,
      say`Name one here to check the rest, with --tenant.`,
    );
    findings.notReached(["address", "credentials", "reading", "changing"]);
    return findings.all;
  }
  await session
    .run(site.vendor, "check", (operation) => ask(findings, site, operation))
    .catch((error: unknown) => failed(findings, error));
  return findings.all;
}

async function ask(findings: Findings, { driver, where }: Site, operation: Operation): Promise<void> {
  const { place, clients } = workOn(driver, where, operation);
  const { credential } = place.connection.http;
  const subject = place.subject("list", "read", say`OAuth clients`, "program");
  // Pages overlap: what is read twice is one client.
  const seen = new Set<string>();
  const answer = await clients.all(({ id }) => {
    seen.add(id);
    return false;
  });
  const { doubt, hiddenWithout } = orThrow(answer, (one) => listFailure(one, subject));
  const ids = await credential.clientIds();
  const as = ids.length === 0 ? say`` : say`, as the client ${identifier(ids[0] ?? "")}`;
  findings.add("address", "ok", say`${subject.vendor} answers at ${subject.baseUrl}.`);
  findings.add("credentials", "ok", say`${credential.source}: accepted${as}.`);
  findings.add("tenant", "ok", say`${subject.where} is known.`);
  const read = say`The list of clients can be read: it has ${seen.size}.`;
  if (doubt !== null) findings.add("reading", "warning", say`The list of clients ${doubt}.`);
  else if (hiddenWithout === null) findings.add("reading", "ok", read);
  else findings.add("reading", "warning", read, notAll(hiddenWithout));
  const may = await driver.mayChange?.(credential);
  const change = place.subject("change", "change", say`OAuth clients`, "program");
  const needed = say`It takes ${change.permission}.`;
  if (may === true) findings.add("changing", "ok", say`The token itself says that it may.`);
  else if (may === false) findings.add("changing", "failure", say`The token itself does not say that it may.`, needed);
  else findings.add("changing", "unknown", say`Nobody can tell without changing something.`, needed);
}

function failed(findings: Findings, error: unknown): void {
  if (!(error instanceof OAuthClientsError)) throw error;
  const about = ABOUT[error.code] ?? "reading";
  const at = CHECKS.indexOf(about);
  // A credential that is not to be had was asked for before anything was sent.
  const isAsked = error.code !== "configuration-invalid";
  for (const check of CHECKS.slice(1, at)) {
    if (isAsked) findings.add(check, "unknown", say`Nothing speaks against it, and nothing proves it.`);
    else findings.notReached([check]);
  }
  findings.failed(about, describeError(error), error.code);
  findings.notReached(CHECKS.slice(at + 1));
}
