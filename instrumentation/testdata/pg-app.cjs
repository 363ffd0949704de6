const express = require("express");
const pg = require("pg");

// One connection, so that a second request waits for it.
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 1 });
const app = express();
app.get("/orders/:id", async (request, response) => {
  const { rows } = await pool.query("SELECT $1::int AS id, 'kept' AS note", [request.params.id]);
  response.json(rows[0]);
});
app.get("/literal", async (_request, response) => {
  const { rows } = await pool.query("SELECT 'top secret' AS note WHERE 4711 = 4711");
  response.json(rows[0]);
});
app.get("/invalid", (_request, response) => {
  void pool.query("SELECT 'my password'::uuid", (error) => response.status(error ? 500 : 200).end());
});
app.get("/slow", async (_request, response) => {
  await pool.query("SELECT pg_sleep(0.3)");
  response.end();
});
void pool.query("SELECT 'poll' AS background").then(() => {
  const server = app.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
});
