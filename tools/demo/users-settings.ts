import { isSettingOfOurs } from "../engine/engine.ts";

/**
 * Forgets what the user has set for Pulumi and for the vendors, in this process and what it starts: a demonstration or
 * a measurement must never reach a real vendor, or the user's own stacks, by a setting it inherited.
 *
 * Call it after `findEngine`, which heeds `OAUTH_CLIENTS_ENGINE` and `OAUTH_CLIENTS_CACHE_DIR`.
 */
export function forgetUsersSettings(): void {
  for (const name of Object.keys(process.env)) {
    if (isSettingOfOurs(name)) delete process.env[name];
  }
  process.env.NO_PROXY = ["127.0.0.1", process.env.NO_PROXY].filter(Boolean).join(",");
}
