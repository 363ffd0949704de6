import { start } from "@venturi/instrumentation";

// A span processor of the app's own sees every span when it starts and when it has ended.
const line = (what, { name, kind, attributes, duration, resource }) =>
  console.log(JSON.stringify({ what, name, kind, attributes, duration, service: resource.attributes["service.name"] }));
const processor = {
  onStart: (span) => line("start", span),
  onEnd: (span) => line("end", span),
  forceFlush: async () => {},
  shutdown: async () => {},
};
const running = start({ serviceName: "processed", spanProcessors: [processor] });
const { createServer } = await import("node:http");
const server = createServer((_request, response) => response.end("ok"));
server.listen(0, "127.0.0.1", async () => {
  const url = `http://127.0.0.1:${server.address().port}/orders?page=3`;
  await fetch(url, { headers: { connection: "close" } }).then((response) => response.text());
  server.close(() => void running.shutdown());
});
