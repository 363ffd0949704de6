import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** As much of a Redis server as a client needs to connect, SET and GET, over the real RESP2 protocol. */
export async function startRespServer(): Promise<{ url: string; stop(): void }> {
  const values = new Map<string, string>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let pending = "";
    socket.on("data", (chunk) => {
      pending += chunk.toString();
      for (let read = readCommand(pending); read !== undefined; read = readCommand(pending)) {
        pending = pending.slice(read.length);
        socket.write(answer(values, read.words));
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** `*2\r\n$3\r\nGET\r\n$1\r\na\r\n`: an array of bulk strings (ASCII in the tests, so characters are bytes). */
function readCommand(text: string): { words: string[]; length: number } | undefined {
  const head = /^\*(\d+)\r\n/.exec(text);
  if (head === null) return undefined;
  let at = head[0].length;
  const words: string[] = [];
  while (words.length < Number(head[1])) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(at));
    if (size === null) return undefined;
    const from = at + size[0].length;
    const to = from + Number(size[1]);
    if (text.length < to + 2) return undefined;
    words.push(text.slice(from, to));
    at = to + 2;
  }
  return { words, length: at };
}

function answer(values: Map<string, string>, [command = "", key = "", value = ""]: readonly string[]): string {
  if (command.toUpperCase() === "SET") values.set(key, value);
  if (command.toUpperCase() !== "GET") return "+OK\r\n";
  const found = values.get(key);
  return found === undefined ? "$-1\r\n" : `$${found.length}\r\n${found}\r\n`;
}
