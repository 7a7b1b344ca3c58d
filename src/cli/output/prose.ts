import wrapAnsi from "wrap-ansi";

/**
 * Sentences in lines of so many characters. A word that is longer stays whole, for who copies it: a path, a URL, an id.
 */
export function proseOf(text: string, width: number): string {
  return wrapAnsi(text, width);
}
