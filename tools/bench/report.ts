/** What a run of the bench leaves for docs/performance.md. */
import { z } from "zod";
import type { Figure } from "./figures.ts";

const timingSchema = z.object({
  of: z.string(),
  clients: z.number(),
  side: z.string(),
  milliseconds: z.array(z.number()),
  requestsPerClient: z.number().nullable(),
  stateBytes: z.number().optional(),
});

const figureSchema = z.object({
  name: z.string(),
  value: z.string(),
  note: z.string().optional(),
  target: z.string().optional(),
  holds: z.boolean().optional(),
  timings: z.array(timingSchema).optional(),
});

const reportSchema = z.object({
  /** ISO 8601, a date. */
  measured: z.string(),
  machine: z.string(),
  seconds: z.number(),
  measurements: z.record(z.string(), z.object({ title: z.string(), figures: z.array(figureSchema) })),
});
/** As in `Timing`, read. */
export type Cell = z.infer<typeof timingSchema>;
export type Report = z.infer<typeof reportSchema>;

/** What was measured, by the name of the measurement. */
export type Measurements = Record<string, { title: string; figures: readonly Figure[] }>;

/** As the file has it. */
export function writtenReport(machine: string, startedMs: number, measurements: Measurements): string {
  const report = reportSchema.parse({
    measured: new Date(startedMs).toISOString().slice(0, 10),
    machine,
    seconds: Math.round((Date.now() - startedMs) / 1_000),
    measurements,
  });
  const rounded = (_key: string, value: unknown) =>
    typeof value === "number" ? Number(value.toFixed(value < 100 ? 3 : 0)) : value;
  return `${JSON.stringify(report, rounded, 1)}\n`;
}

/** @throws {Error} for a text that is none */
export function readReport(text: string): Report {
  return reportSchema.parse(JSON.parse(text));
}
