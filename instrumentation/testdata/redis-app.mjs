import { createServer } from "node:http";
import { createClient } from "redis";

const client = createClient({ url: process.env.REDIS_URL });
client.on("error", (error) => console.error(error.message));
const server = createServer(async (_request, response) => {
  await client.set("session", "s3cret value");
  response.end(await client.get("session"));
});
void client.connect().then(() => {
  server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
});
