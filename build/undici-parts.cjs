// What the packed program uses of undici. The whole package brings a cache on node:sqlite, mocks and WebSockets with it.
exports.Agent = require('undici/lib/dispatcher/agent.js');
exports.Dispatcher = require('undici/lib/dispatcher/dispatcher.js');
// As undici's own index does: a proxy's connections need this one.
exports.Dispatcher.prototype.connect = require('undici/lib/api/api-connect.js');
exports.Pool = require('undici/lib/dispatcher/pool.js');
exports.ProxyAgent = require('undici/lib/dispatcher/proxy-agent.js');
exports.setGlobalDispatcher = require('undici/lib/global.js').setGlobalDispatcher;
