// The SDK with upstream's instrumentations as they come: what ours is compared with.
const { ExpressInstrumentation } = require("@opentelemetry/instrumentation-express");
const { HttpInstrumentation } = require("@opentelemetry/instrumentation-http");
const { UndiciInstrumentation } = require("@opentelemetry/instrumentation-undici");
const { NodeSDK } = require("@opentelemetry/sdk-node");

process.env.OTEL_LOGS_EXPORTER = "none";
const layers = { ignoreLayersType: ["middleware", "router", "request_handler"] };
new NodeSDK({
  instrumentations: [new HttpInstrumentation(), new ExpressInstrumentation(layers), new UndiciInstrumentation()],
}).start();
