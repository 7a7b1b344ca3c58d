/** Links between our own pages lead somewhere. */
import { globSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PAGES = globSync(["*.md", "docs/**/*.md", "plugin/**/*.md", "sandbox/*.md"], { cwd: ROOT });

/** The anchor that GitHub makes of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");
}

function anchorsIn(path: string): string[] {
  const text = readFileSync(path, "utf8").replace(/^```.*?^```/gms, "");
  const headings = [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) => anchorOf(heading));
  // The second heading of a name is numbered 1.
  const numbered = headings.map((anchor, index) => {
    const before = headings.slice(0, index).filter((other) => other === anchor).length;
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
  const others = [...text.matchAll(/<a id="([^"]+)"><\/a>/g)].map(([, id = ""]) => id);
  return [...numbered, ...others];
}

test.each(PAGES)("%s", (page) => {
  const text = readFileSync(join(ROOT, page), "utf8").replace(/^```.*?^```/gms, "");
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = ""]) => to).filter((to) => !/^[a-z]+:/.test(to));
  const dead = links.filter((to) => {
    const [path = "", anchor] = to.split("#");
    const target = path === "" ? join(ROOT, page) : join(ROOT, dirname(page), path);
    const found = statSync(target, { throwIfNoEntry: false });
    if (found === undefined) return true;
    return anchor !== undefined && !anchorsIn(target).includes(anchor);
  });
  expect(dead).toEqual([]);
});
