/** What all measurements share: their sizes, the vendor they run against, and the projects they run in. */

import type { Engine } from "../../engine/engine.ts";
import type { Progress } from "../../engine/progress.ts";
import { layProject, Project, type Setting } from "../project.ts";
import { BASELINE, LEAN, type Side } from "../sides.ts";
import { type BenchVendor, startVendor } from "../vendor.ts";

export const LATENCY_MS = 50;

/** Of a client that is created without an engine. */
export const INPUTS = {
  __kind: "rezolve:OAuthClient",
  name: "Bench client",
  clientType: "confidential",
  redirectUris: [],
  grantTypes: ["client_credentials"],
  scopes: ["users:read"],
};

export interface Sizes {
  clients: number;
  rounds: number;
  manyClients: number;
  /** How often a plain `up` of many clients is timed; 0: not at all. */
  manyRounds: number;
  /** How often one without the engine's checkpoints is. */
  hurriedRounds: number;
  previews: number;
  starts: number;
  operations: number;
  /** Clients of a small and of a large purge. */
  purges: readonly [few: number, many: number];
  purgeRounds: number;
  /** Clients with which the engine's own knobs are tried. */
  knobClients: number;
  alternatives: readonly { clients: number; rounds: number }[];
}

export interface Bench {
  folder: string;
  engine: Engine;
  /** Ours, and another one to compare it with if there is one. */
  builds: readonly Side[];
  sizes: Sizes;
  signal: AbortSignal;
  /** Says what is being done now. */
  doing(what: string): void;
  /** For what has to be set up first. */
  progress: Progress;
}

/**
 * Lets the engine write its state once at the end. That is most of its work where there are many clients, and the same for
 * two sides whose states are as big: without it there is time for more rounds, and less that hides a difference. Engines of some versions want the first setting for the second.
 */
export const HURRIED = { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" };

/** Ours, what it is compared with, and where there is no other build, the lean floor too. */
export function sidesOf(bench: Bench): readonly Side[] {
  return [...bench.builds, BASELINE, ...(isCompared(bench) ? [] : [LEAN])];
}

export function isCompared({ builds }: Bench): boolean {
  return builds.length > 1;
}

/** Projects of these sides, with an engine. */
export async function projectsOf(
  bench: Bench,
  sides: readonly Side[],
  name: string,
  vendor: BenchVendor,
  setting: Partial<Pick<Setting, "environment" | "program">> = {},
): Promise<Project[]> {
  const projects: Project[] = [];
  for (const side of sides) {
    const project = await Project.create(side, {
      folder: `${bench.folder}/${name}`,
      engine: bench.engine,
      signal: bench.signal,
      ...setting,
      environment: {
        ...environmentFor(vendor),
        BENCH_LATENCY_MS: String(LATENCY_MS),
        ...setting.environment,
      },
    });
    projects.push(project);
  }
  return projects;
}

/** Projects to start provider processes in, without an engine. */
export async function eachLaid(sides: readonly Side[], folder: string): Promise<{ side: Side; cwd: string }[]> {
  return await Promise.all(
    sides.map(async (side) => ({ side, cwd: await layProject(`${folder}-${side.name}`, side) })),
  );
}

export function environmentFor(
  vendor: BenchVendor,
): Record<"REZOLVE_BASE_URL" | "REZOLVE_TENANT_ID" | "REZOLVE_TOKEN", string> {
  return {
    REZOLVE_BASE_URL: vendor.url,
    REZOLVE_TENANT_ID: "5a4dbc0e-0000-4000-8000-000000000001",
    REZOLVE_TOKEN: "bench-token",
  };
}

export async function withVendor<Result>(
  latencyMs: number,
  work: (vendor: BenchVendor) => Promise<Result>,
): Promise<Result> {
  const vendor = await startVendor(latencyMs);
  try {
    return await work(vendor);
  } finally {
    await vendor.close();
  }
}
