const WORKERS = 32;

/**
 * Does work for each of many, some at a time: what waits for its turn has no time limit that runs meanwhile.
 *
 * @param workers so many are at work at a time; how many requests there are at a time the connection says (`maxConcurrency`)
 * @returns the results in the order of the items
 */
export async function inTurn<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
  workers = WORKERS,
): Promise<Result[]> {
  const results = new Map<number, Result>();
  const waiting = items.entries();
  const worker = async () => {
    for (const [at, item] of waiting) results.set(at, await work(item));
  };
  await Promise.all(Array.from({ length: Math.min(workers, items.length) }, worker));
  return items.flatMap((_, at) => {
    const result = results.get(at);
    return result === undefined ? [] : [result];
  });
}
