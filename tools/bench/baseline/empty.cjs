// The least that a dynamic provider can be.
exports.createProvider = () => ({
  check: async (_olds, news) => ({ inputs: news }),
  create: async (inputs) => ({ id: "client", outs: inputs }),
});
