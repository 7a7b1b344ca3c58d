import XMLBuilder from "fast-xml-builder";
import { REDACTOR } from "../redactor.ts";

/** One thing that is in order, or not. */
export interface TestCase {
  name: string;
  /** What it belongs to. */
  group: string;
  /** Why it is not in order; null where it is. */
  failure: string | null;
  /** Why nobody knows; left out or null where it is known. */
  error?: string | null;
  /** Why nobody was to find out; left out or null where somebody was. */
  skipped?: string | null;
  output: string;
}

const builder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  format: true,
  suppressEmptyNode: true,
});

/** What XML 1.0 has no way to say, however it is escaped: one such character, and no pipeline reads the report. */
const UNSAYABLE = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

/** A text as it may be shown, in XML. */
function sayable(text: string): string {
  return REDACTOR.identifier(text, text.length + 1).replace(UNSAYABLE, "\u{FFFD}");
}

/** A report as pipelines read it: the JUnit XML that GitLab, Jenkins and Azure DevOps show. */
export function junitOf(suite: string, cases: readonly TestCase[]): string {
  const count = (result: Result) => cases.filter((one) => typeof one[result] === "string").length;
  const counts = {
    "@tests": cases.length,
    "@failures": count("failure"),
    "@errors": count("error"),
    "@skipped": count("skipped"),
  };
  const testcase = cases.map((one) => ({
    "@name": sayable(one.name),
    "@classname": sayable(one.group),
    ...Object.fromEntries(RESULTS.flatMap((result) => resultIn(one, result))),
    "system-out": sayable(one.output),
  }));
  const body: string = builder.build({
    "?xml": { "@version": "1.0", "@encoding": "UTF-8" },
    testsuites: {
      "@name": "oauth-clients",
      ...counts,
      testsuite: { "@name": `oauth-clients.${suite}`, ...counts, testcase },
    },
  });
  return body;
}

const RESULTS = ["failure", "error", "skipped"] as const;
type Result = (typeof RESULTS)[number];

function resultIn(one: TestCase, result: Result): [Result, object][] {
  const text = one[result];
  if (typeof text !== "string") return [];
  return [[result, { "@message": sayable(text), "#text": sayable(text) }]];
}
