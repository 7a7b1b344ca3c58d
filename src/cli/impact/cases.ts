import { joined, type Message, say } from "../../core/text.ts";
import type { TestCase } from "../output/junit.ts";
import { named } from "../output/words.ts";
import { REDACTOR } from "../redactor.ts";
import type { Comment } from "./comment.ts";
import { type Impact, titleOf } from "./impact.ts";

/** Test cases for pipelines: one for each deletion, and one for a preview that failed. What nobody knows is never green. */
export function casesOf({ impacts, objections, errors, isLookedAt }: Comment): TestCase[] {
  const cases = impacts.map((impact): TestCase => {
    const against = objections.filter(({ to }) => to === impact).map(({ because }) => because);
    return { ...aboutOf(impact), ...resultOf(impact, against, isLookedAt) };
  });
  if (errors.length === 0) return cases;
  const error = REDACTOR.show(joined(errors, "; "));
  return [{ name: "preview", group: "pulumi", failure: null, error, output: "the preview failed" }, ...cases];
}

function aboutOf(impact: Impact): Pick<TestCase, "name" | "group" | "output"> {
  const { vendor, tenant, how, everUsed, lastUsedAt, activeTokens } = impact;
  const used = everUsed === false ? "never" : (lastUsedAt ?? "not said");
  return {
    name: REDACTOR.show(titleOf(impact)),
    group: `${vendor}.${named(tenant ?? "")}`,
    output: REDACTOR.show(say`deleted by: ${how}; last used: ${used}; active tokens: ${activeTokens ?? "not said"}`),
  };
}

function resultOf(
  { is, refused, problem }: Impact,
  objections: readonly Message[],
  isLookedAt: boolean,
): Pick<TestCase, "failure" | "error" | "skipped"> {
  const why = problem ?? say`nobody knows whether it is there`;
  const against = [refused ?? say``, ...objections];
  if (against.some(({ isEmpty }) => !isEmpty)) {
    const all = joined([...against, problem ?? say``], "; ");
    return { failure: REDACTOR.show(all) };
  }
  if (!isLookedAt) return { failure: null, skipped: REDACTOR.show(problem ?? say`nobody was asked (--no-look)`) };
  return { failure: null, error: is === "unknown" ? REDACTOR.show(why) : null };
}
