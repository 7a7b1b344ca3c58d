// Does nothing but wait as long as the vendor takes for an answer.
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
