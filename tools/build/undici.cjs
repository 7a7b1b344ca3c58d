// What is used of undici, under the names that its entry gives it. `undici.ts` builds it in.
const Dispatcher = require("undici/lib/dispatcher/dispatcher.js");

// As the entry does it; ProxyAgent opens its tunnels with `connect`.
Object.assign(Dispatcher.prototype, {
  request: require("undici/lib/api/api-request.js"),
  connect: require("undici/lib/api/api-connect.js"),
});

module.exports = {
  buildConnector: require("undici/lib/core/connect.js"),
  errors: require("undici/lib/core/errors.js"),
  Pool: require("undici/lib/dispatcher/pool.js"),
  // Run once there is a proxy.
  get ProxyAgent() {
    return require("undici/lib/dispatcher/proxy-agent.js");
  },
};
