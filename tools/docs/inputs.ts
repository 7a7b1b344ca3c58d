/** What a change of an input takes, as people read it. */
export const CHANGES = {
  patch: "an update",
  replace: "**deletes the client** and creates another one",
  "state-only": "nothing at the vendor",
} as const;
