import type { z } from "zod";
import type { Lifecycle } from "./lifecycle.ts";
import type { CommonSettings } from "./settings.ts";

/** A vendor: its settings and the life cycles of its resources. */
export interface Vendor {
  /** Prefix of config keys and, in capitals, of environment variables. */
  name: string;
  /** As people write it. */
  title: string;
  settings: z.ZodObject & z.ZodType<CommonSettings>;
  /** New life cycles, for one process: they may remember what they learn during a run. */
  lifecycles(): Lifecycle[];
}
