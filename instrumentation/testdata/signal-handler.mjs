import { createServer } from "node:http";

// An app with a graceful shutdown of its own, which takes a moment and chooses the exit code.
const server = createServer((_request, response) => response.end("ok"));
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
process.on("SIGTERM", () => {
  console.log(`handlers: ${process.listenerCount("SIGTERM")}`);
  if (process.argv[2] === "stay") return;
  server.close(() => {
    process.exitCode = 7;
    console.log("closed");
  });
  server.closeAllConnections();
});
