import { chmod, mkdir, writeFile } from "node:fs/promises";
import type { Ended } from "./command.ts";
import type { Tenant } from "./tenant.ts";

/** Runs the command with a Pulumi CLI that is this script. */
export async function withPulumi(
  tenant: Tenant,
  script: string,
  args: readonly string[],
  env: Record<string, string | undefined> = {},
): Promise<Ended> {
  await mkdir(tenant.file("bin"), { recursive: true });
  const file = tenant.file("bin/pulumi");
  await writeFile(file, `#!/usr/bin/env bash\n${script}\n`);
  await chmod(file, 0o755);
  return tenant.run(args, { env: { ...env, PATH: `${tenant.file("bin")}:${process.env.PATH}` } });
}
