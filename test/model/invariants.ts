/** What must always be true of vendor, state and receipts, as docs/reliability.md has it. */
export const INVARIANTS = {
  I1: "no client is alive that neither the state nor an error named",
  I2: "the state has no client that is gone, unless no refresh has looked since",
  I3: "there are never two clients for one resource",
  I4: "no client is deleted that no rule asked to delete",
  I5: "every deletion has exactly one receipt, with the vendor's counts or with `null` where they are not known",
  I6: "no number is told that nobody measured",
  values: "the vendor, the state and the program say the same",
  success: "where nothing goes wrong, nothing fails",
} as const;

export type Invariant = keyof typeof INVARIANTS;
