/** What no client of a vendor's API can tell from what is well: said in docs/reliability.md, and held to be just these. */
import type { VendorName } from "../outside.ts";

export interface NotPromised {
  vendors: readonly VendorName[];
  operations: readonly string[];
  fault: string;
  /** What happens, as a case says it. */
  ending: string;
  because: string;
}

export const NOT_PROMISED: readonly NotPromised[] = [
  {
    vendors: ["rezolve", "nexus"],
    operations: ["adopt", "update"],
    fault: "200 with an empty body, nothing done, once",
    ending: "DEFECT: it succeeded, and it was not changed",
    because: "an empty success of the vendor's is its word; the next refresh shows what is not so",
  },
  {
    vendors: ["nexus"],
    operations: ["create"],
    fault: "carried out twice, the first answer, once",
    ending: "DEFECT: it succeeded, and 2 clients",
    because: "Nexus takes two clients of one name, and nobody says that there were two requests",
  },
  {
    vendors: ["nexus"],
    operations: ["create"],
    fault: "carried out twice, the second answer, once",
    ending: "DEFECT: it succeeded, and 2 clients",
    because: "as before",
  },
  {
    vendors: ["rezolve"],
    operations: ["rotate"],
    fault: "carried out twice, the first answer, once",
    ending: "DEFECT: it succeeded, and the secret in the state does not work",
    because: "the secret of the first answer was replaced by the second rotation, which nobody has asked for",
  },
];
