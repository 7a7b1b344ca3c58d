/** What only the states of dynamic resources hold: which package to load, and which kind of resource it is. */
export const OF_DYNAMIC_STATES = ["__provider", "__kind"] as const;

/** Properties as every adapter hands them on, whichever of them wrote the state. */
export function withoutDynamic(properties: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const own = new Set<string>(OF_DYNAMIC_STATES);
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !own.has(key)));
}
