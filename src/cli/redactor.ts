import { Redactor } from "../core/redaction.ts";

/**
 * Takes secrets out of everything that the command prints: there is one, so that no output can be made with another that
 * knows less. It learns them from settings, and from the exports that it is given.
 */
export const REDACTOR = new Redactor();
