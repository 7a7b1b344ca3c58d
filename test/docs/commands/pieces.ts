/** What the pages tell a reader to type: blocks for a shell, example lines of the command's help, and commands in a line. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../../tools/release/packing.ts";

/** Something to type. */
export interface Piece {
  code: string;
  /** The pages that have it. */
  pages: string[];
  /** What it prints, as the page shows it right below; null where it shows nothing. */
  shows: string | null;
}

const PAGES = globSync(
  [
    "README.md",
    "docs/*.md",
    "docs/resources/*.md",
    "plugin/README.md",
    "plugin/docs/*.md",
    "sandbox/README.md",
    "examples/*/README.md",
  ],
  { cwd: ROOT },
);

const FENCE = /^```(\w*)\n(.*?)^```$/gms;
const SHELLS: ReadonlySet<string> = new Set(["sh", "bash", "shell", "console"]);

/** So far below a block is what it prints: a sentence, and no heading. */
const LONGEST_WAY = 200;

/** All of them; what several pages have is one. */
export function pieces(): Piece[] {
  const found = new Map<string, Piece>();
  for (const page of PAGES.sort()) {
    const text = readFileSync(join(ROOT, page), "utf8");
    for (const { code, shows } of [...blocksOf(text), ...examplesOf(text), ...commandsInLinesOf(text)]) {
      const known = found.get(code);
      if (known === undefined) found.set(code, { code, pages: [page], shows });
      else if (!known.pages.includes(page)) known.pages.push(page);
    }
  }
  return [...found.values()];
}

type Found = Pick<Piece, "code" | "shows">;

function blocksOf(text: string): Found[] {
  const fences = [...text.matchAll(FENCE)];
  return fences.flatMap(({ 0: whole, 1: language = "", 2: code = "", index }, at) => {
    if (!SHELLS.has(language)) return [];
    const next = fences[at + 1];
    const between = next === undefined ? "" : text.slice(index + whole.length, next.index);
    const isShown = next?.[1] === "text" && between.length <= LONGEST_WAY && !/^#/m.test(between);
    return [{ code: code.trimEnd(), shows: isShown ? (next[2] ?? "").trimEnd() : null }];
  });
}

function examplesOf(text: string): Found[] {
  const helps = [...text.matchAll(/^Examples:\n((?: {2}.+\n)+)/gm)];
  return helps.flatMap(([, lines = ""]) =>
    lines
      .trimEnd()
      .split("\n")
      .map((line) => ({ code: line.trim(), shows: null })),
  );
}

/** Those that can be typed as they stand, and are no mere names of a command such as `oauth-clients list`. */
function commandsInLinesOf(text: string): Found[] {
  const spans = [...text.replace(FENCE, "").matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
  const isTyped = (code: string) =>
    /^oauth-clients \S+ \S/.test(code) ||
    /^(npx [\w-]+-sandbox$|npx \S+ \S|npm install \S|source )/.test(code) ||
    /^pulumi .* (&&|>) /.test(code) ||
    // A script of an example, or anything with a setting in front. What has a <word> in it names something to put there.
    (/^([A-Z_]+=\S+ )*ci\/\S+ \S|^([A-Z_]+=\S+ )+[a-z]/.test(code) && !/<\w+>/.test(code));
  return spans.filter(isTyped).map((code) => ({ code, shows: null }));
}
