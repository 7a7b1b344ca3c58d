// Loaded into the provider process, started with --expose-gc: says how much memory is really in use.
process.on("message", () => {
  global.gc();
  global.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send({ used: heapUsed + external, rss });
});
