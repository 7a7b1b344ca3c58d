import type { z } from "zod";
import { clientLifecycle } from "../lifecycle/client.ts";
import { clientDeletion } from "../lifecycle/client-deletion.ts";
import { clientPurge } from "../lifecycle/client-purge.ts";
import type { ClientDriver } from "../lifecycle/driver.ts";
import type { Lifecycle } from "../lifecycle/lifecycle.ts";
import type { VendorWords } from "../lifecycle/words.ts";
import type { CredentialAlternative } from "./credentials.ts";
import type { CommonSettings } from "./settings.ts";

/** A vendor: its settings, and what its clients are. */
export interface Vendor extends Pick<VendorWords, "name" | "title" | "place"> {
  settings: z.ZodObject & z.ZodType<CommonSettings>;
  /** What authenticates requests: one of these, by the keys of the settings. The first stands for all in messages. */
  credentials: readonly CredentialAlternative[];
  /** A new driver, for one process: it may remember what it learns during a run. */
  driver(): ClientDriver;
  /** The resource that deletes a client which no stack manages. */
  deletion: { kind: string; schema: z.ZodType };
  /** The resource that deletes many of them. */
  purge: { kind: string; schema: z.ZodType };
}

/** The life cycles of a vendor's resources, for one process. */
export function lifecyclesOf({ driver, deletion, purge }: Vendor): Lifecycle[] {
  const clients = driver();
  return [clientLifecycle(clients), clientDeletion(clients, deletion), clientPurge(clients, purge)];
}
