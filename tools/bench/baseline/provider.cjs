// Does nothing but wait as long as the vendor takes for an answer. Keeps what ours keeps, so that the engine has the
// same to write; only `__kind` is ours alone.
const { randomBytes, randomUUID } = require("node:crypto");
const { setTimeout: sleep } = require("node:timers/promises");

const latencyMs = Number(process.env.BENCH_LATENCY_MS ?? "0");

const provider = {
  async check(_olds, news) {
    return { inputs: news };
  },
  async diff(_id, olds, news) {
    return { changes: olds.__provider !== news.__provider };
  },
  async create(inputs) {
    await sleep(latencyMs);
    return {
      id: `client-${randomUUID()}`,
      outs: {
        ...inputs,
        clientId: `bench_${randomBytes(6).toString("hex")}`,
        clientSecret: randomBytes(32).toString("base64url"),
        createdAt: new Date().toISOString(),
        // What the resource declares besides, as ours has it while a client lives.
        secretRotatedAt: null,
        revocation: null,
        previousRevocation: null,
        baseUrl: process.env.REZOLVE_BASE_URL,
      },
    };
  },
  async read(id, properties) {
    await sleep(latencyMs);
    return { id, props: properties };
  },
  async update(_id, olds, news) {
    await sleep(latencyMs);
    return { outs: { ...olds, ...news } };
  },
  async delete() {
    await sleep(latencyMs);
  },
};

exports.createProvider = () => provider;
