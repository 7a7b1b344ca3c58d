import XMLBuilder from "fast-xml-builder";

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

/** A report as pipelines read it: the JUnit XML that GitLab, Jenkins and Azure DevOps show. */
export function junitOf(suite: string, cases: readonly TestCase[]): string {
  const failures = cases.filter(({ failure }) => failure !== null).length;
  const counts = { "@tests": cases.length, "@failures": failures, "@errors": 0, "@skipped": 0 };
  const testcase = cases.map(({ name, group, failure, output }) => ({
    "@name": name,
    "@classname": group,
    ...(failure === null ? {} : { failure: { "@message": failure, "#text": failure } }),
    "system-out": output,
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
