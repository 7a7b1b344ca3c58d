import { expect, test } from "vitest";
import { judgeHost, ownNames } from "./host.ts";

const names = ownNames("Box.example.test", ["proxy.example.test"]);

test.each([
  undefined,
  "127.0.0.1:4010",
  "127.0.0.1",
  "[::1]:4010",
  "10.1.2.3:80",
  "localhost:4010",
  "LOCALHOST",
  "localhost.",
  "box.example.test",
  "proxy.example.test:1",
])("%j is the sandbox", (header) => {
  expect(judgeHost(header, names)).toStrictEqual({ kind: "own" });
});

test.each([
  ["evil.example.test:4010", "evil.example.test"],
  ["localhost.evil.example.test", "localhost.evil.example.test"],
  ["127.0.0.1.evil.example.test", "127.0.0.1.evil.example.test"],
  ["x.localhost", "x.localhost"],
  ["EVIL", "evil"],
])("%j is somebody else", (header, name) => {
  expect(judgeHost(header, names)).toStrictEqual({ kind: "foreign", name });
});

test.each([
  "",
  "a b",
  "[",
  "a/b",
  "localhost/",
  "%",
  "me@localhost",
  "localhost:99999",
  "localhost?x",
  "127.0.0.1.5",
  "\\",
])("%j is nobody", (header) => {
  expect(judgeHost(header, names)).toStrictEqual({ kind: "malformed" });
});
