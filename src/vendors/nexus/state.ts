import { z } from "zod";
import { recordedText } from "../../lifecycle/recorded.ts";

/** What the state keeps of a client, read leniently. */
export const keptSchema = z.object({
  clientSecret: recordedText,
  /** When this package created the client, by the clock of the machine it ran on; null where it did not, or did not note it. */
  __createdMs: z.number().nullable().default(null).catch(null),
});

/** What the state keeps of a client. */
export type Kept = z.infer<typeof keptSchema>;
