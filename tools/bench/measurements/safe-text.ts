/** How long it takes to make others' words safe to show, by how long they are. */
import { Redactor } from "../../../src/core/redaction.ts";
import { quoted } from "../../../src/core/text.ts";
import { type Figure, spreadOf, times } from "../figures.ts";
import type { Bench } from "./bench.ts";

const MIB = 1024 * 1024;
const SIZES_MIB = [1, 2, 4, 8];
const ROUNDS = 5;

/** Of a text eight times as long, each part may take so much longer, on a noisy machine; by the square it would be 8. */
const LINEAR = 3;

const SECRETS = [
  ...Array.from({ length: 50 }, (_, index) => `rzsec_live_${index}_0123456789+/="`),
  "correct horse battery\nstaple",
  "a".repeat(10_000),
];

/** What is repeated to make a text: each is what some pattern or table of the redactor is slowest with. */
const WORST: Readonly<Record<string, string>> = {
  "a secret, again and again": 'rzsec_live_7_0123456789+/=" ',
  "starts of secrets": "rzsec_live_",
  "a secret of one letter": "a",
  "tokens without an end": "eyJaaaaa-",
  "parts of tokens": "eyJaaaaaa.",
  "the word bearer": "bearer ",
  "names of secrets, and quotes that stay open": 'password="\\"',
  "colour directives": "<{%",
  "control sequences": "\u001b]8;;x\u0007\r\n",
  "ordinary words": "Cannot delete OAuth client in tenant acme: ",
};

/** Eight times the text, eight times the time. */
export async function safeText(bench: Bench): Promise<Figure[]> {
  const redactor = new Redactor();
  for (const secret of SECRETS) redactor.add(secret);
  const timed = (text: string) => {
    const since = performance.now();
    redactor.show(quoted(text, Number.POSITIVE_INFINITY));
    return performance.now() - since;
  };
  return Object.entries(WORST).map(([name, part]): Figure => {
    bench.signal.throwIfAborted();
    bench.doing(name);
    timed(part.repeat(MIB / 4 / part.length));
    const perMib = SIZES_MIB.map((size) => {
      const text = part.repeat((size * MIB) / part.length);
      return spreadOf(Array.from({ length: ROUNDS }, () => timed(text) / size)).min;
    });
    const ratio = (perMib.at(-1) ?? Number.NaN) / (perMib[0] ?? Number.NaN);
    const shown = perMib.map((ms, index) => `${SIZES_MIB[index]} MiB: ${ms.toFixed(1)}`).join(", ");
    return {
      name: `making text safe to show, ${name}`,
      value: `milliseconds for each MiB, at best: ${shown} (${times(ratio)})`,
      target: `<= ${times(LINEAR)}`,
      holds: ratio <= LINEAR,
      data: perMib,
    };
  });
}
