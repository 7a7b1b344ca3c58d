import type { z } from "zod";
import type { Lifecycle } from "../lifecycle/lifecycle.ts";
import type { VendorWords } from "../lifecycle/words.ts";
import type { CredentialAlternative } from "./credentials.ts";
import type { CommonSettings } from "./settings.ts";

/** A vendor: its settings and the life cycles of its resources. */
export interface Vendor extends Pick<VendorWords, "name" | "title" | "place"> {
  settings: z.ZodObject & z.ZodType<CommonSettings>;
  /** What authenticates requests: one of these, by the keys of the settings. The first stands for all in messages. */
  credentials: readonly CredentialAlternative[];
  /** New life cycles, for one process: they may remember what they learn during a run. */
  lifecycles(): Lifecycle[];
}
