/** What must hold of a plan, and of the options beside it, before anything of it is deleted. */
import { ConfigurationInvalid, OAuthClientsError } from "../../core/errors.ts";
import { counted, identifier, type Message, say } from "../../core/text.ts";
import { DAY_MS } from "../../core/time.ts";
import type { Session, Site } from "../session.ts";
import type { Managed } from "../stack/managed.ts";
import type { SweepOptions } from "./options.ts";
import type { SweepPlan } from "./plan-file.ts";

/** So far may the clocks of two machines be apart. */
const CLOCK_DOUBT_MS = 5 * 60_000;

/**
 * Beside a plan, options can only leave more out.
 *
 * @throws {ConfigurationInvalid} for those that would select something else, and that nobody should believe to count
 */
export function assertOnlyNarrower(options: SweepOptions): void {
  const { namePrefix, createdBefore, olderThan, unusedFor, status } = options;
  const selecting = { "--name-prefix": namePrefix, "--created-before": createdBefore, "--older-than": olderThan };
  const more = { "--unused-for": unusedFor, "--status": status };
  const given = Object.entries({ ...selecting, ...more }).filter(([, value]) => value !== undefined);
  if (given.length === 0) return;
  const names = given.map(([name]) => name).join(", ");
  throw new ConfigurationInvalid([
    say`The plan says which clients are meant: ${names} cannot stand beside --apply. Make a new plan. Nothing was deleted.`,
  ]);
}

/** @throws {ConfigurationInvalid} where the options speak of another place than the plan */
export function siteOf(session: Session, written: SweepPlan, options: SweepOptions): Site {
  const { vendor, connection, place, baseUrl } = written;
  const asked = session.site({ ...options, vendor, connection });
  const needed = asked.vendor.place.filter(({ optional }) => !optional).map(({ key }) => key);
  const known = asked.vendor.place.map(({ key }) => key);
  const isPlace = needed.every((key) => place[key]) && Object.keys(place).every((key) => known.includes(key));
  if (!isPlace)
    throw new ConfigurationInvalid([say`The plan does not say where its clients are. Nothing was deleted.`]);
  const named = { tenantId: options.tenant, realmName: options.realm };
  const differs = asked.vendor.place.some(
    ({ key, receipt }) => named[receipt] !== undefined && named[receipt] !== place[key],
  );
  const wrong: Message[] = [
    ...(options.vendor !== undefined && options.vendor !== vendor
      ? [say`The plan is about ${vendor}, not ${options.vendor}.`]
      : []),
    ...(options.connection !== "default" && options.connection !== connection
      ? [say`The plan is about the connection "${connection}", not "${options.connection}".`]
      : []),
    ...(differs
      ? [say`The plan is about ${identifier(Object.values(place).join(" / "))}, and the options name another place.`]
      : []),
  ];
  if (wrong.length > 0) throw new ConfigurationInvalid([...wrong, say`Nothing was deleted.`]);
  const current = session.baseUrlOf(asked);
  if (current !== baseUrl) {
    throw new OAuthClientsError(
      "base-url-changed",
      say`The plan was made at ${baseUrl}, and connection "${connection}" talks to ${current}: what that says of these clients proves nothing.`,
      say`Nothing was deleted. Make a new plan.`,
    );
  }
  return { ...asked, where: { connection, ...place } };
}

/** @throws {ConfigurationInvalid} for a plan that is too old, or that leaves out what nobody names any more */
export function assertCurrent(written: SweepPlan, managed: Managed, { maxPlanAge }: SweepOptions): void {
  const ageMs = Date.now() - Date.parse(written.plannedAt);
  if (ageMs < -CLOCK_DOUBT_MS) {
    throw new ConfigurationInvalid([
      say`The plan is from ${written.plannedAt}, which is still to come. Nothing was deleted.`,
    ]);
  }
  if (ageMs > maxPlanAge * DAY_MS) {
    throw new ConfigurationInvalid([
      say`The plan is from ${written.plannedAt}, more than ${counted(maxPlanAge, "day")} ago. Make a new one, or say --max-plan-age. Nothing was deleted.`,
    ]);
  }
  if (written.besideStacks && !managed.isAsked) {
    throw new ConfigurationInvalid([
      say`The plan leaves out what stacks manage, and they may manage more by now: give their exports again (--exclude-managed, --stack). Nothing was deleted.`,
    ]);
  }
}
