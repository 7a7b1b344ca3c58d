/** What `npm run soak` measures of load, and the report of it, which docs/reliability.md shows. */
import { z } from "zod";

/** Of the long run against a limit, on the real engine. */
export const LIMITED = { clients: 500, aSecond: 20, atATime: 32 } as const;

/** Of the long run in one provider process. */
export const OPERATIONS = 10_000;

const limited = (setting: string, command: string) =>
  `${LIMITED.clients} clients, ${LIMITED.atATime} at a time, ${LIMITED.aSecond} requests a second, with ${setting}: \`${command}\` with \`PULUMI_SKIP_CHECKPOINTS=true\``;

const operations = OPERATIONS.toLocaleString("en-GB");

/** What each figure says, as the page shows it and the report keeps it: what is called otherwise is another figure. */
export const FIGURES = {
  memory: `${operations} operations in one provider process (create, read, update, delete): memory in use, half-way and at the end`,
  sockets: `${operations} operations: sockets open at the end, and after the process`,
  destroyWithin: limited(`\`maxRequestsPerSecond\` ${LIMITED.aSecond}`, "destroy"),
  upWithin: limited(`\`maxRequestsPerSecond\` ${LIMITED.aSecond}`, "up"),
  destroyUnset: limited("nothing set", "destroy"),
  upUnset: limited("nothing set", "up"),
  shortTokens: "500 operations, tokens of one second",
  refusedTokens: "500 operations, tokens that are refused after one second and promised an hour",
};

export type Figure = keyof typeof FIGURES;

const measurementSchema = z.object({
  seen: z.string(),
  /** ISO 8601, a date. */
  measured: z.string(),
  version: z.string(),
  machine: z.string(),
});

/** What was seen, when, with which version and where. */
export type Measurement = z.infer<typeof measurementSchema>;

const reportSchema = z.record(z.string(), measurementSchema);

/** Measurements by what their figures say. */
export type LoadReport = z.infer<typeof reportSchema>;

export function readLoadReport(text: string): LoadReport {
  return reportSchema.parse(JSON.parse(text));
}

/** A report with new figures in the place of those of the same name. Figures that are not measured any more leave it. */
export function reportWith(
  before: LoadReport,
  seen: Partial<Record<Figure, string>>,
  circumstances: Omit<Measurement, "seen">,
): LoadReport {
  const fresh: Readonly<Record<string, string | undefined>> = seen;
  return Object.fromEntries(
    Object.entries(FIGURES).flatMap(([name, said]): [string, Measurement][] => {
      const now = fresh[name];
      const known = now === undefined ? before[said] : { seen: now, ...circumstances };
      return known === undefined ? [] : [[said, known]];
    }),
  );
}
