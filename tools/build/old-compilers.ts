/**
 * Declarations as TypeScript 3.8 reads them, which the Pulumi SDK brings for projects without a TypeScript of their own:
 * it knows no `type` before a name in braces. In a declaration file the word changes nothing.
 */
export function forOldCompilers(declarations: string): string {
  return declarations.replace(/^(?:import|export) \{[^}]*\}/gm, (names) => names.replace(/\btype (?=\w)/g, ""));
}
