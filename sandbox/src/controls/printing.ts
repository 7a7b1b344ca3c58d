const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Lets no line break, terminal sequence or the like through to `print`: a line stays one line, whoever asked for it. */
export function printing(print: (line: string) => void): (line: string) => void {
  return (line) =>
    print(line.replaceAll(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ""}}`));
}
