/**
 * All of them in the order of this round. Each order has its turn, so that none always finds the warmer machine, and none
 * always comes after the same one.
 */
export function inTurn<Each>(all: readonly Each[], round: number): readonly Each[] {
  const orders = ordersOf(all);
  return orders[round % orders.length] ?? all;
}

function ordersOf<Each>(all: readonly Each[]): readonly (readonly Each[])[] {
  if (all.length <= 1) return [all];
  return all.flatMap((first, index) => ordersOf(all.toSpliced(index, 1)).map((rest) => [first, ...rest]));
}
