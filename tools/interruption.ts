/**
 * Aborted at the first SIGINT, SIGTERM or SIGHUP, so that what runs can clean up. A second one ends the process at once,
 * with 130: it comes from somebody in a hurry.
 *
 * @param arrived called at the first one
 */
export function interruption(arrived: () => void = () => {}): AbortSignal {
  const interrupted = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (interrupted.signal.aborted) process.exit(130);
      interrupted.abort(new Error("interrupted"));
      arrived();
    });
  }
  return interrupted.signal;
}
