/** Which pictures the documentation has, and what is to be seen in them. */

/** A picture of a terminal: docs/pictures/<name>.svg. */
export interface Picture {
  name: PictureName;
  title: string;
  /** What is seen, for whoever does not see it: in the picture itself, and as its alternative text in every page. */
  description: string;
  /** What is typed, and run. */
  command: string;
  exitCode: number;
  /** Whether the engine prints it: another version of Pulumi may have other words. */
  isPulumis: boolean;
}

export type PictureName = "check" | "impact" | "destroy" | "receipts" | "sweep";

/** In the order in which they are taken. */
export const PICTURES: readonly Picture[] = [
  {
    name: "check",
    title: "oauth-clients check",
    description:
      "A terminal after oauth-clients check: a table with one line for each thing that was looked at, of this machine and of the connection, all of them ok but one that nobody can tell without changing something, and the verdict that a deployment could work",
    command: "oauth-clients check",
    exitCode: 0,
    isPulumis: false,
  },
  {
    name: "impact",
    title: "oauth-clients impact, before a destroy",
    description:
      "A terminal after oauth-clients impact: a table of the three clients that a destroy would delete, with their last use, active tokens and requests a day, a line of totals, and two objections because two of the clients were used within 30 days",
    command: "oauth-clients impact --stack dev --fail-if-used-within 30d",
    exitCode: 1,
    isPulumis: false,
  },
  {
    name: "sweep",
    title: "oauth-clients sweep, which plans",
    description:
      "A terminal after oauth-clients sweep with a plan: a table of the three clients that killed pipelines left behind, when they were created and last used, and the command that deletes exactly these",
    command: "oauth-clients sweep --stack dev --name-prefix pr- --older-than 7d --plan sweep.json",
    exitCode: 0,
    isPulumis: false,
  },
  {
    name: "destroy",
    title: "pulumi destroy, with counts at the resources",
    description:
      "A terminal after pulumi destroy: the tree of resources, all deleted, and beneath it a line for each client that says how many tokens its deletion revoked and how many sessions it ended",
    command: "pulumi destroy --yes --skip-preview",
    exitCode: 0,
    isPulumis: true,
  },
  {
    name: "receipts",
    title: "oauth-clients receipts",
    description:
      "A terminal after oauth-clients receipts: a table of the three deleted clients with time, id, stack, outcome, tokens and sessions, and a line of totals",
    command: "oauth-clients receipts receipts.jsonl",
    exitCode: 0,
    isPulumis: false,
  },
];

/** Where the picture is, from the root of the repository. */
export function pathOf(name: PictureName): string {
  return `docs/pictures/${name}.svg`;
}
