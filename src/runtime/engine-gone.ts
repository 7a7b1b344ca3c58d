import { connect } from "node:http2";

/** What is known of an engine. */
export interface Signs {
  /**
   * Its address: `connected`; `lost` is refused after a connection; `refused` from the beginning; `unclear` is any other
   * failure to connect; `unknown` is an address that cannot be asked.
   */
  address: "connected" | "lost" | "refused" | "unclear" | "unknown";
  /** Nobody reads this process's output or errors any more. */
  pipeClosed: boolean;
  /** Milliseconds since the last call ended; 0 while one runs. */
  idleMs: number;
}

/** With a closed pipe, but somebody at the address: no run is silent towards its provider for so long and then goes on. */
const IDLE_MS = 8_000;

/**
 * Whether an engine is gone. One that lives, though it is stopped or slow, keeps its connections and its pipes. No
 * single sign is believed where it could mean something else: an address that never answered may be a wrong one, and
 * one that answers may be somebody else's by now.
 */
export function isGone({ address, pipeClosed, idleMs }: Signs): boolean {
  switch (address) {
    case "lost":
      return true;
    case "refused":
    case "unknown":
      return pipeClosed;
    case "connected":
    case "unclear":
      return pipeClosed && idleMs >= IDLE_MS;
  }
}

/** How a process meets its engine. */
export interface Watch {
  /** `host:port`, the engine's; null when it is not known. */
  address: string | null;
  /** Where the engine reads. */
  output: NodeJS.WritableStream;
  errors: NodeJS.WritableStream;
  idleMs(): number;
  /** Called once. */
  gone(): void;
}

/** Until the next look, after a connection has ended, or where none came about. */
const [LOOK_AGAIN_MS, RETRY_MS] = [100, 2_000];
/** Between looks at the idle time, once a pipe is closed. */
const IDLE_LOOK_MS = 1_000;

const CLOSED: ReadonlySet<string> = new Set(["EPIPE", "ECONNRESET", "EOF"]);

/**
 * Waits for the engine to go away: one that is killed tells nobody. It holds an idle connection to the engine's
 * address, which the system closes with the engine, so that nothing has to be asked again and again.
 *
 * From here on a closed pipe throws nothing. Without this, whatever is printed next becomes an uncaught exception,
 * which the SDK prints, which becomes another one, without end.
 */
export function watchEngine({ address, output, errors, idleMs, gone }: Watch): void {
  const url = loopbackOf(address);
  let answer: Signs["address"] = url === null ? "unknown" : "unclear";
  let met = false;
  let pipeClosed = false;
  let idleLook: NodeJS.Timeout | undefined;
  let over = false;

  const judge = (): void => {
    if (over || !isGone({ address: answer, pipeClosed, idleMs: idleMs() })) return;
    over = true;
    clearInterval(idleLook);
    gone();
  };

  for (const stream of [output, errors]) {
    stream.on("error", ({ code }: NodeJS.ErrnoException) => {
      if (!CLOSED.has(code ?? "")) return;
      pipeClosed = true;
      idleLook ??= setInterval(judge, IDLE_LOOK_MS).unref();
      judge();
    });
  }

  const look = (): void => {
    if (over || url === null) return;
    let connected = false;
    // HTTP/2 as gRPC speaks it: a bare socket would keep the engine's server from closing in an orderly way.
    const session = connect(url);
    session.unref();
    session.once("connect", () => {
      connected = true;
      met = true;
      answer = "connected";
    });
    session.once("error", ({ code }: NodeJS.ErrnoException) => {
      if (!connected) answer = code !== "ECONNREFUSED" ? "unclear" : met ? "lost" : "refused";
    });
    session.once("close", () => {
      // The engine passes over empty lines; whether a pipe is closed shows only when something is written to it.
      if (answer === "refused") errors.write("\n");
      judge();
      if (!over) setTimeout(look, connected ? LOOK_AGAIN_MS : RETRY_MS).unref();
    });
  };
  look();
}

/** Only this machine's own addresses: elsewhere a refusal may come from something in between. */
function loopbackOf(address: string | null): URL | null {
  return /^(127(\.\d+){3}|\[::1\]|localhost):\d+$/.test(address ?? "") ? URL.parse(`http://${address}`) : null;
}
