import { z } from "zod";
import { recordedText } from "../../lifecycle/recorded.ts";

/** What the state keeps of a client, read leniently. */
export const keptSchema = z.object({
  clientId: recordedText,
  clientSecret: recordedText,
  createdAt: recordedText,
  secretRotatedAt: recordedText,
  /** The client's secret was lost with a response and still has to be replaced. */
  __secretLost: z.boolean().default(false).catch(false),
});

/** What the state keeps of a client. */
export type Kept = z.infer<typeof keptSchema>;
