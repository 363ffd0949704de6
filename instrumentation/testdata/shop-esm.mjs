import express from "express";

const app = express();
app.use((_request, response, next) => {
  response.setHeader("x-app", "esm");
  next();
});
const items = express.Router();
items.get("/items/:id", (request, response) => response.json({ id: request.params.id }));
app.use("/api/:tenant", items);
app.get("/relay/:id", async (request, response) => {
  const answer = await fetch(`${process.env.UPSTREAM}/api/acme/items/${request.params.id}?token=hunter2&page=3`);
  response.status(answer.status).json(await answer.json());
});
app.get("/fails", () => {
  throw new Error("out of stock");
});
app.use((_error, _request, response, _next) => response.status(500).end());
const server = app.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
