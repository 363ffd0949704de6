const { createServer, request } = require("node:http");
const express = require("express");

const app = express();
app.use(express.json());
app.use("/static", (incoming, response, next) => (incoming.path === "/logo.svg" ? response.end("<svg/>") : next()));
app.get("/", (_request, response) => response.end("root"));
app.all("/plain", (_request, response) => response.status(204).end());
app.get("/items/:id", (incoming, response) => response.json({ id: incoming.params.id }));
app.get(/^\/files\/(.*)$/, (_request, response) => response.end("file"));
app.get(["/a/:x", "/b/:x"], (_request, response) => response.end("either"));
const inner = express.Router();
inner.use((_request, _response, next) => next());
inner.get("/", (_request, response) => response.end("inner root"));
inner.get("/deep/:id", (_request, response) => response.end("deep"));
app.use("/api/:tenant", inner);
app.get("/passes/:id", (_request, _response, next) => next());
app.get("/throws", () => {
  throw new TypeError("as intended");
});
app.get("/fetches/:status", async (incoming, response) => {
  const answer = await fetch(`${process.env.UPSTREAM}/status/${incoming.params.status}?page=3`);
  await answer.text();
  response.end("fetched");
});
app.get("/refused", (_request, response) => void fetch("http://127.0.0.1:2/").catch(() => response.end("refused")));
app.get("/requests", (_request, response) => {
  request(`${process.env.UPSTREAM}/status/200`, (answer) => answer.resume().on("end", () => response.end())).end();
});
app.use("/api", (_request, response, next) => (response.statusCode === 200 ? next() : response.end()));
app.use((incoming, response, next) => (incoming.path === "/gone" ? response.status(410).end() : next()));
app.use((_error, _request, response, _next) => response.status(500).end());

const upstream = createServer((incoming, response) => {
  response.statusCode = Number(incoming.url.split(/[/?]/)[2]);
  response.end("upstream");
});
upstream.listen(0, "127.0.0.1", () => {
  process.env.UPSTREAM = `http://127.0.0.1:${upstream.address().port}`;
  const server = createServer(app);
  server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
});
