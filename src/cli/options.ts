import { type Command, InvalidArgumentError, Option } from "commander";
import { vendors } from "../vendors/registry.ts";

/** A vendor, for examples. */
export const SOME_VENDOR = vendors[0]?.name ?? "";

/** What the options of {@link withSettings} say. */
export interface SettingsOptions {
  stack?: string;
  cwd?: string;
}

/** What the options of {@link withPlace} say. */
export interface PlaceOptions extends SettingsOptions {
  vendor?: string;
  connection: string;
  tenant?: string;
  realm?: string;
}

/** Options of where settings come from, besides the environment. */
export function withSettings(command: Command): Command {
  return command
    .option("--stack <stack>", "take settings from the config of this stack too; the environment wins")
    .option("--cwd <folder>", "folder of the Pulumi project; default: the current one");
}

/** What it means that no vendor or no connection is named. */
interface Unnamed {
  /** Default: the one that is set up. */
  vendor?: string;
  /** Default: the one called `default`. */
  connection?: string;
}

/** Options of which connection is meant. */
export function withConnection(command: Command, { vendor, connection }: Unnamed = {}): Command {
  const names = vendors.map(({ name }) => name);
  return command
    .addOption(new Option("--vendor <vendor>", vendor ?? "default: the one that is set up").choices(names))
    .option(
      "--connection <name>",
      `name of the connection${connection === undefined ? "" : `; ${connection}`}`,
      ...(connection === undefined ? ["default"] : []),
    );
}

/** Options of where clients are. */
export function withPlace(command: Command, unnamed?: Unnamed): Command {
  return withSettings(
    withConnection(command, unnamed)
      .option("--tenant <id>", "default: the connection's")
      .option("--realm <name>", "default: the connection's"),
  );
}

/** A number of days, perhaps with a `d` behind it. */
export function days(text: string): number {
  const found = /^(\d{1,5})d?$/.exec(text)?.[1];
  if (found === undefined || Number(found) < 1) {
    throw new InvalidArgumentError("It must be a number of days, such as 30 or 30d, and 1 at least.");
  }
  return Number(found);
}

/** A whole number, from 0 on. */
export function count(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

/** A date, or a date and a time with their zone, in milliseconds since 1970. */
export function time(text: string): number {
  const isTime = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const ms = isTime ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) {
    throw new InvalidArgumentError("It must be a date such as 2026-11-01, or a time such as 2026-11-01T08:00Z.");
  }
  return ms;
}

/** A whole number, from 1 on. */
export function positive(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("It must be a whole number, and 1 at least.");
  return Number(text);
}

/** So much room has every summary, with the longest names of a stack and the longest error that it quotes. */
const SHORTEST_MARKDOWN = 2_000;

/** How long Markdown may be, in characters. */
export function markdownLength(text: string): number {
  const length = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (length >= SHORTEST_MARKDOWN) return length;
  throw new InvalidArgumentError(
    `It must be a whole number, and ${SHORTEST_MARKDOWN} at least: the summary always stays.`,
  );
}

/** The help of an option with {@link markdownLength}. */
export const MARKDOWN_LENGTH_HELP = `longest Markdown, ${SHORTEST_MARKDOWN} at least; rows go, the summary stays`;

/** Gathers the values of an option that may be given several times. A name may have anything in it, a comma too. */
export function list(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}
