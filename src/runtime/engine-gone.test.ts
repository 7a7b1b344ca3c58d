import { once } from "node:events";
import { createServer, type Http2Server, type ServerHttp2Session } from "node:http2";
import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { isGone, type Signs, watchEngine } from "./engine-gone.ts";

const LONG = 60_000;

test.each<[string, Signs["address"], boolean, number, boolean]>([
  ["an engine that is connected lives, however long it asks nothing", "connected", false, LONG, false],
  ["an engine that was connected and refuses now is gone, also in the middle of a call", "lost", false, 0, true],
  ["an address that refused from the beginning may be a wrong one", "refused", false, LONG, false],
  ["with a closed pipe it was the right one", "refused", true, 0, true],
  ["an address that cannot be asked says nothing", "unknown", false, LONG, false],
  ["then a closed pipe is all there is to know", "unknown", true, 0, true],
  ["a slow answer is no sign", "unclear", false, LONG, false],
  ["a closed pipe ends no call that somebody waits for", "connected", true, 0, false],
  ["a closed pipe and short silence may be a pause", "connected", true, 1_000, false],
  ["a closed pipe and long silence: somebody else has the address", "connected", true, LONG, true],
  ["the same where nothing clear is known of the address", "unclear", true, LONG, true],
])("%s", (_name, address, pipeClosed, idleMs, expected) => {
  expect(isGone({ address, pipeClosed, idleMs })).toBe(expected);
});

/** A server as an engine's, and a way to end it like a killed process. */
async function engine() {
  const server: Http2Server = createServer();
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session) => sessions.add(session));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const die = () => {
    server.close();
    for (const session of sessions) session.destroy();
  };
  onTestFinished(die);
  const at = server.address();
  return { address: `127.0.0.1:${at !== null && typeof at === "object" ? at.port : 0}`, sessions, die };
}

function watch(address: string | null, idleMs = 0) {
  const [output, errors, gone] = [new PassThrough(), new PassThrough(), vi.fn()];
  watchEngine({ address, output, errors, idleMs: () => idleMs, gone });
  const break_ = (code: string) => errors.emit("error", Object.assign(new Error("write"), { code }));
  return { output, errors, gone, break_ };
}

test("an engine that dies is noticed once", async () => {
  const { address, sessions, die } = await engine();
  const { gone, break_ } = watch(address);
  await vi.waitFor(() => expect(sessions.size).toBe(1));
  await sleep(100);
  expect(gone).not.toHaveBeenCalled();
  die();
  await vi.waitFor(() => expect(gone).toHaveBeenCalledOnce());
  break_("EPIPE");
  await sleep(200);
  expect(gone).toHaveBeenCalledOnce();
});

test("an engine that only ends the connection is connected again", async () => {
  const { address, sessions } = await engine();
  const { gone } = watch(address);
  await vi.waitFor(() => expect(sessions.size).toBe(1));
  for (const session of sessions) session.destroy();
  await vi.waitFor(() => expect(sessions.size).toBe(2));
  expect(gone).not.toHaveBeenCalled();
});

test("where nobody ever answered, an empty line finds out whether anybody reads", async () => {
  const { address, die } = await engine();
  die();
  const { gone, errors, break_ } = watch(address);
  expect(String(await once(errors, "data"))).toBe("\n");
  expect(gone).not.toHaveBeenCalled();
  break_("EPIPE");
  expect(gone).toHaveBeenCalledOnce();
});

test.each([null, "", "127.0.0.1", "127.0.0.1:99999", "198.51.100.1:443", "127.0.0.1.example.test:80"])(
  "without an address of this machine (%s) a closed pipe is enough",
  (address) => {
    const { gone, output } = watch(address);
    output.emit("error", Object.assign(new Error("write"), { code: "EPIPE" }));
    expect(gone).toHaveBeenCalledOnce();
  },
);

test("a full disk or a busy pipe throws nothing either, and is no sign", () => {
  const { gone, break_ } = watch(null);
  for (const code of ["ENOSPC", "EAGAIN"]) break_(code);
  expect(gone).not.toHaveBeenCalled();
});
