const { createServer } = require("node:http");
const { setTimeout: sleep } = require("node:timers/promises");
const express = require("express");
const { trace } = require("@opentelemetry/api");

const tracer = trace.getTracer("context-app");
const app = express();
app.use(express.json());
app.use((request, _response, next) => {
  // Listeners of the request and of the response belong to it too.
  const id = request.url.split("/")[2];
  request.on("close", () => tracer.startSpan(`request closed ${id}`).end());
  next();
});

async function work(id) {
  await sleep(Number(id) % 7);
  await new Promise((resolve) => setImmediate(resolve));
  await tracer.startActiveSpan(`work ${id}`, async (span) => {
    await Promise.resolve();
    tracer.startSpan(`step ${id}`).end();
    span.end();
  });
}

app.get("/work/:id", async (request, response) => {
  await work(request.params.id);
  response.json({ id: request.params.id });
});
app.post("/orders/:id", async (request, response) => {
  await work(request.body.id);
  response.status(201).json({ id: request.body.id });
});
app.get("/stream/:id", (request, response) => {
  response.on("finish", () => tracer.startSpan(`work ${request.params.id}`).end());
  response.write("a");
  setTimeout(() => response.end("b"), 2);
});
app.get("/never/:id", (request, response) => {
  response.on("close", () => tracer.startSpan(`work ${request.params.id}`).end());
  console.log(`arrived ${request.params.id}`);
});
app.get("/throws/:id", async (request) => {
  await work(request.params.id);
  throw new Error("as intended");
});
app.use((_error, _request, response, _next) => response.status(500).end());

const server = createServer(app);
server.on("upgrade", (request, socket) => {
  tracer.startSpan(`upgrade ${request.url}`).end();
  socket.end("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
});
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
