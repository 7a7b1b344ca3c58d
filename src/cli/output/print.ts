import { appendFile, stat, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { OAuthClientsError } from "../../core/errors.ts";
import { say } from "../../core/text.ts";
import { CLEAR_LINE, type Style, styled } from "../console.ts";
import { REDACTOR, withoutSecrets } from "../redactor.ts";

/** How a result can be shown. */
export const FORMATS = ["table", "json", "csv", "markdown", "junit", "html", "typescript", "pulumi-import"] as const;

export type Format = (typeof FORMATS)[number];

/** What the options of {@link withOutput} say. */
export interface OutputOptions {
  format: Format;
  json?: true;
  output?: string;
}

/** Where a result is shown. */
export interface Canvas {
  /** In characters. */
  width: number;
  /** A text in a style, where styles are shown. */
  styled(style: Style, text: string): string;
}

declare const clean: unique symbol;

/** A document without secrets, as only {@link jsonOf} makes it. */
export type Json = string & { readonly [clean]: true };

/** How a result is written in each of the formats that a command has; without a line break at the end where it is empty. */
export type Renderers = Partial<Record<Exclude<Format, "json">, (canvas: Canvas) => string | Promise<string>>> & {
  json?: () => Json;
};

/** Options of what is shown, and where. */
export function withOutput(command: Command, formats: readonly Format[]): Command {
  return command
    .addOption(new Option("--format <format>", "how it is shown").choices(formats).default(formats[0]))
    .addOption(new Option("--json", "short for --format json").conflicts("format"))
    .option("--output <file>", "write it to a file, and not to standard output");
}

/**
 * Writes a result as the options say: the one way out of a command. Each format takes secrets out of what it is given, where
 * it still knows which text is which; what one forgets is taken out here.
 */
export async function print({ format, json, output }: OutputOptions, renderers: Renderers): Promise<void> {
  const chosen = json ? "json" : format;
  const render = renderers[chosen];
  if (render === undefined) throw new Error(`There is no format ${chosen} of this.`);
  const rendered = await render(output === undefined ? standardOutput() : PLAIN);
  // JSON has no text any more that could hold one, and its numbers have to stay numbers.
  const text = chosen === "json" ? rendered : REDACTOR.redactKnown(rendered);
  if (output !== undefined) return writeResult(output, text);
  // How far the work was stands in a line of the same terminal, and that line has no end.
  if (process.stderr.isTTY) process.stderr.write(CLEAR_LINE);
  await written(text);
}

/** What a terminal acts on, and what changes the direction of writing, which JSON would leave as it is. */
const LIVE = /[\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g;

/** JSON as programs read it, and people on a terminal too: nothing in it is a secret, and nothing is acted on. */
export function jsonOf(data: unknown): Json {
  const text = JSON.stringify(withoutSecrets(data), null, 2);
  const shown = `${text.replace(LIVE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`;
  if (isJson(shown)) return shown;
  throw new Error("unreachable");
}

function isJson(_text: string): _text is Json {
  return true;
}

/** In a file, nothing is styled, and nothing is cut. */
const PLAIN: Canvas = { width: Number.POSITIVE_INFINITY, styled: (_style, text) => text };

function standardOutput(): Canvas {
  return {
    // What a pipe or a log takes has no width: an id that is cut there can be pasted nowhere.
    width: process.stdout.columns || Number(process.env.COLUMNS) || Number.POSITIVE_INFINITY,
    styled: (style, text) => styled(style, text, process.stdout),
  };
}

/** Until it is out: a pipe takes as long as its reader. */
function written(text: string): Promise<void> {
  return new Promise((done, failed) => {
    if (text === "") return done();
    process.stdout.write(text, (error: NodeJS.ErrnoException | null | undefined) => {
      if (error == null || error.code === "EPIPE") done();
      else failed(error);
    });
  });
}

/**
 * A result must not take the place of what it is made of, nor of the evidence of deletions.
 *
 * @param besides files that are needed for something else
 * @throws {OAuthClientsError} `configuration-invalid`
 */
export async function assertOwn(file: string | undefined, besides: readonly string[]): Promise<void> {
  if (file === undefined) return;
  const own = await idOfFile(file);
  const others = await Promise.all(besides.map(idOfFile));
  if (!others.includes(own)) return;
  throw new OAuthClientsError(
    "configuration-invalid",
    say`${file} is needed for something else: name another file for --output.`,
  );
}

/** The same for two names of one file. */
async function idOfFile(file: string): Promise<string> {
  const found = await stat(file).catch(() => null);
  return found === null ? resolve(file) : `${found.dev}:${found.ino}`;
}

/**
 * Before work that cannot be undone: its result must find its place afterwards.
 *
 * @param besides files that the result must not take the place of
 * @throws {OAuthClientsError} `configuration-invalid` for a file that cannot be written
 */
export async function assertWritable(file: string | undefined, besides: readonly string[]): Promise<void> {
  if (file === undefined) return;
  await assertOwn(file, besides);
  await appendFile(file, "").catch((error: NodeJS.ErrnoException) => {
    throw unwritable(file, error);
  });
}

/** @throws {OAuthClientsError} `configuration-invalid` for a file that cannot be written */
export async function writeResult(file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error: NodeJS.ErrnoException) => {
    throw unwritable(file, error);
  });
}

function unwritable(file: string, error: NodeJS.ErrnoException): OAuthClientsError {
  return new OAuthClientsError(
    "configuration-invalid",
    say`${file} cannot be written: ${error.code ?? error.message}.`,
    say`Name a file in a folder that exists and is yours.`,
  );
}
