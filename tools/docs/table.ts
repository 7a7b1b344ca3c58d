/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows.map((row) => row.map((cell) => cell.replace(/\n+/g, " ")))];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** In a table a bar ends the cell, in code too. */
export function code(text: string): string {
  return text === "" ? "" : `\`${text.replaceAll("|", "\\|")}\``;
}
