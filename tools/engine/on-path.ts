/** First way: a `pulumi` that is already installed. */
import { realpath } from "node:fs/promises";
import { dirname } from "node:path";
import { judgePath, type Verdict } from "./choice.ts";
import { findProgram, pathFolders, run } from "./command.ts";

/** Looks at PATH. Costs one start of the CLI, about 0.2 s. */
export async function lookOnPath(path?: string): Promise<Verdict<{ pulumi: string; version: string }>> {
  const folders = pathFolders(path);
  const pulumi = await findProgram("pulumi", folders);
  if (!pulumi) return judgePath({});
  // The CLI prefers PATH and else looks beside its own file, links followed (Homebrew, asdf).
  const searched = [...folders, dirname(pulumi), dirname(await realpath(pulumi))];
  const [answer, languageHost, dynamicProvider] = await Promise.all([
    run(pulumi, ["version"], { environment: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" }, limit: 10_000 }),
    findProgram("pulumi-language-nodejs", searched),
    findProgram("pulumi-resource-pulumi-nodejs", searched),
  ]);
  return judgePath({ pulumi, answer, languageHost, dynamicProvider });
}
