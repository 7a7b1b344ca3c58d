import type { z } from "zod";
import type { Lifecycle } from "../lifecycle/lifecycle.ts";
import type { PlaceKey } from "../lifecycle/place.ts";
import type { CredentialAlternative } from "./credentials.ts";
import type { CommonSettings } from "./settings.ts";

/** A vendor: its settings and the life cycles of its resources. */
export interface Vendor {
  /** Prefix of config keys and, in capitals, of environment variables. */
  name: string;
  /** As people write it. */
  title: string;
  /** What says where a client lives: keys of inputs and of settings. */
  place: readonly PlaceKey[];
  settings: z.ZodObject & z.ZodType<CommonSettings>;
  /** What authenticates requests: one of these, by the keys of the settings. The first stands for all in messages. */
  credentials: readonly CredentialAlternative[];
  /** New life cycles, for one process: they may remember what they learn during a run. */
  lifecycles(): Lifecycle[];
}
