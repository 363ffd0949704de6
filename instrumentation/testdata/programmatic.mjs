import { start } from "@venturi/instrumentation";

// Started by code, before anything that is to be traced is loaded.
const running = start({ serviceName: "by-code", resourceAttributes: { "deployment.environment.name": "test" } });
if (start() !== running) throw new Error("a second start is not the first");
const { trace } = await import("@opentelemetry/api");
trace.getTracer("app").startActiveSpan("own work", (span) => span.end());
await running.shutdown();
console.log(running.serviceName);
