/** A server that is somebody else's program, started for a while. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const STARTS_WITHIN_MS = 20_000;

export class Peer {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, "exit");
    // A program that cannot be started is told of by what waits for its port.
    this.#ended.catch(() => {});
  }

  /** Starts a program and waits until it listens on a port of the loopback interface. */
  static async start(program: string, args: readonly string[], port: number): Promise<Peer> {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (part: string) => {
        said = (said + part).slice(-2_000);
      });
    }
    child.once("error", (error) => {
      said += error.message;
    });
    const peer = new Peer(child);
    const since = performance.now();
    while (!(await listens(port))) {
      if (child.exitCode !== null || child.pid === undefined || performance.now() - since > STARTS_WITHIN_MS) {
        await peer.kill();
        throw new Error(`${program} does not listen: ${said}`);
      }
      await sleep(20);
    }
    return peer;
  }

  /** Ends it at once, as a machine that fails does. */
  async kill(): Promise<void> {
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((found) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      found(true);
    });
    socket.once("error", () => found(false));
  });
}
