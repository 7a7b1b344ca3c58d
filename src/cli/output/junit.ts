import XMLBuilder from "fast-xml-builder";
import { REDACTOR } from "../redactor.ts";

/** One thing that is in order, or not. */
export interface TestCase {
  name: string;
  /** What it belongs to. */
  group: string;
  /** Why it is not in order; null where it is. */
  failure: string | null;
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
  const failures = cases.filter(({ failure }) => failure !== null).length;
  const counts = { "@tests": cases.length, "@failures": failures, "@errors": 0, "@skipped": 0 };
  const testcase = cases.map(({ name, group, failure, output }) => ({
    "@name": sayable(name),
    "@classname": sayable(group),
    ...(failure === null ? {} : { failure: { "@message": sayable(failure), "#text": sayable(failure) } }),
    "system-out": sayable(output),
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
