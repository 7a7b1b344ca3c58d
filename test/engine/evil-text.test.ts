import { nexus, rezolve } from "pulumi-oauth-clients";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { BOT, outputsOf, takeTokens } from "./clients.ts";
import { type Colour, type Run, World } from "./world.ts";

/** A colour that Pulumi does not know, a link and a command for the terminal, and lines that could be taken for ours. */
const EVIL =
  "CI bot <{%boom%}> \u001b]8;;https://evil.example.test\u0007 \u001b[2J \u009b31m\rerror: forged\r\n    deleted everything\u2028forged";

const COLOUR: Colour = { color: "always" };

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.close());
beforeEach(() => {
  // As on a person's terminal.
  delete world.environment.NO_COLOR;
  delete world.environment.FORCE_COLOR;
});
afterEach(() => world.reset());

/** Pulumi's own colours aside, nothing in what it printed acts on a terminal, and no line of ours was forged. */
function expectHarmless({ text }: Run): void {
  // Pulumi's colours were really on.
  expect(text).toContain("\u001b[38;5;");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const plain = text.replace(/\u001b\[[0-9;]*m/g, "").replaceAll("\r\n", "\n");
  expect(plain).not.toMatch(/panic|Unrecognized color|goroutine/i);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  expect(plain.match(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202e]/)).toBeNull();
  expect(plain).not.toMatch(/^\s*(error: forged|deleted everything)/m);
}

describe.each([COLOUR, { ...COLOUR, diff: true } satisfies Colour])("with %o, a client", (colour) => {
  test("that somebody renamed to a text which acts on terminals lives to its end, with its counts to be seen", async () => {
    const program: { args: rezolve.OAuthClientArgs | null } = { args: BOT };
    const stack = await world.stack(async () => {
      if (program.args === null) return {};
      const bot = new rezolve.OAuthClient("bot", program.args);
      return { ...outputsOf(bot), name: bot.name };
    });
    const good = async (run: Promise<Run>) => {
      const done = await run;
      expectHarmless(done);
      expect(done.ok).toBe(true);
      return done;
    };
    const created = await good(stack.up(colour));
    const rename = () => world.sandbox.clients.edit(String(created.outputs.id), { name: EVIL, description: EVIL });
    await takeTokens(world.sandbox, created.outputs, 3);

    rename();
    await good(stack.refresh(colour));
    await good(stack.preview(colour));
    await good(stack.up(colour));
    expect(world.sandbox.clients.get(String(created.outputs.id))?.name).toBe(BOT.name);
    rename();
    await good(stack.refresh(colour));
    program.args = { ...BOT, status: "deleted" };
    await good(stack.preview(colour));
    const buried = await good(stack.up(colour));
    expect(buried.text).toContain("3 tokens revoked");
    await good(stack.destroy(colour));

    program.args = BOT;
    const second = await good(stack.up(colour));
    world.sandbox.clients.edit(String(second.outputs.id), { name: EVIL });
    await takeTokens(world.sandbox, second.outputs, 2);
    await good(stack.refresh(colour));
    const destroyed = await good(stack.destroy(colour));
    expect(destroyed.text).toContain("2 tokens revoked");
    expect(world.sandbox.clients.count()).toBe(0);
    for (const receipt of await world.receipts()) expect(JSON.stringify(receipt)).not.toContain("<{%");
  });

  test("of Nexus lives likewise", async () => {
    const stack = await world.stack(async () => {
      const app = new nexus.Client("portal", { name: "Portal", appType: "regular_web", productName: "One" });
      return { id: app.id, productName: app.productName };
    });
    const created = await stack.up(colour);
    expectHarmless(created);
    world.sandbox.clients.edit(String(created.outputs.id), { attributes: { productName: EVIL } });
    for (const run of [await stack.refresh(colour), await stack.preview(colour), await stack.destroy(colour)]) {
      expectHarmless(run);
      expect(run.ok).toBe(true);
    }
    expect(world.sandbox.clients.count()).toBe(0);
  });
});

describe("words of the vendor's that act on terminals", () => {
  test("are harmless in every error that quotes them", async () => {
    const stack = await world.stack(async () => outputsOf(new rezolve.OAuthClient("bot", BOT)));
    const refuse = (method: "POST" | "GET" | "DELETE") =>
      world.sandbox.faults.add({
        match: { method },
        effect: {
          kind: "respond",
          status: 403,
          body: { success: false, error: { code: EVIL, message: EVIL, details: EVIL } },
        },
      });
    refuse("POST");
    const up = await stack.up(COLOUR);
    expectHarmless(up);
    expect(up).toMatchObject({ ok: false });
    expect(up.text).toContain("lack a permission");
    expect((await stack.up()).ok).toBe(true);
    for (const [method, command] of [
      ["GET", stack.refresh],
      ["DELETE", stack.destroy],
    ] as const) {
      refuse(method);
      const run = await command(COLOUR);
      expectHarmless(run);
      expect(run).toMatchObject({ ok: false });
      expect(run.text).toContain("lack a permission");
    }
    expect(await stack.destroy(COLOUR)).toMatchObject({ ok: true });
  });
});

describe("inputs of the program that act on terminals", () => {
  test("are refused before anything is sent, without the values, and line breaks are none of them", async () => {
    const program: { description: string } = { description: EVIL };
    const stack = await world.stack(async () =>
      outputsOf(new rezolve.OAuthClient("bot", { ...BOT, description: program.description })),
    );
    for (const run of [await stack.preview({ ...COLOUR, diff: true }), await stack.up({ ...COLOUR, diff: true })]) {
      expectHarmless(run);
      expect(run).toMatchObject({ ok: false, requests: 0 });
      expect(run.text).toContain("description: must not contain control characters");
    }
    program.description = "two\nlines\twith a tab";
    expect((await stack.up(COLOUR)).ok).toBe(true);
    expect((await stack.refresh(COLOUR)).steps).toEqual({ refresh: 1 });
    expect((await stack.preview(COLOUR)).steps).toEqual({ same: 1 });
    expect((await stack.destroy(COLOUR)).ok).toBe(true);
  });
});
