import type { PlaceOptions } from "../options.ts";
import type { OutputOptions } from "../output/print.ts";

/** What no name of a client that is swept may have in it, unless somebody says otherwise. */
export const REFUSED: readonly string[] = ["prod"];

/** What the options of `oauth-clients sweep` say. */
export interface SweepOptions extends PlaceOptions, OutputOptions {
  namePrefix?: string;
  createdBefore?: number;
  olderThan?: number;
  unusedFor?: number;
  status?: string;
  exclude?: string[];
  excludeName?: string[];
  excludeNamePrefix?: string[];
  /** False: there are no stacks that could have any of these clients. */
  excludeManaged?: string[] | false;
  refuse: readonly string[];
  limit?: number;
  plan?: string;
  apply?: string;
  maxPlanAge: number;
  yes?: true;
}
