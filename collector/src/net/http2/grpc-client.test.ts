import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { PoolOptions } from "./client-pool.js";
import { FLAG, FRAME, frame, goawayFrame, settingsFrame } from "./frames.js";
import { GrpcClient } from "./grpc-client.js";
import { GrpcError } from "./grpc-error.js";
import { head, RawConnection, trailers } from "./raw-server.test.fixture.js";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Listener {
  readonly connections: RawConnection[];
  readonly port: number;
  calls: number;
}

type Serve = (id: number, connection: RawConnection) => void;
const succeed: Serve = (id, connection) =>
  connection.send(head(id), frame(FRAME.data, 0, id, Buffer.alloc(5)), trailers(id));
const settings = settingsFrame([]);

/** Loopback addresses of their own stand for the machines behind a name. */
async function listenAt(host: string, port = 0, serve: Serve = succeed, greeting = settings): Promise<Listener> {
  const listener = { connections: [] as RawConnection[], port: 0, calls: 0 };
  const server = createServer((socket: Socket) => {
    const onCall: Serve = (id, connection) => {
      listener.calls++;
      serve(id, connection);
    };
    listener.connections.push(new RawConnection(socket, onCall));
    if (greeting.length > 0) socket.write(greeting);
  });
  closers.push(() => stop(server, listener));
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, host, resolve));
  listener.port = (server.address() as AddressInfo).port;
  return listener;
}

async function stop(server: Server, { connections }: Listener): Promise<void> {
  for (const { socket } of connections) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
}

function clientOf(port: number, options: Partial<PoolOptions> = {}): GrpcClient {
  const client = new GrpcClient({
    host: "127.0.0.1",
    port,
    balancer: "round_robin",
    keepalive: undefined,
    waitForReady: false,
    headers: [],
    authority: "x",
    ...options,
  });
  closers.push(() => client.close());
  return client;
}

const at = (...addresses: string[]) => ({ resolve: async () => addresses });
const message = () => ({ pieces: [Buffer.from("x")], isCompressed: false });

async function call(client: GrpcClient, abort: AbortSignal = new AbortController().signal): Promise<string> {
  try {
    await client.call("/a", undefined, message, abort);
    return "ok";
  } catch (error) {
    if (!(error instanceof GrpcError)) throw error;
    return `${error.status.code} ${error.status.message}`;
  }
}

async function calls(client: GrpcClient, count: number): Promise<void> {
  for (let index = 0; index < count; index++) expect(await call(client)).toBe("ok");
}

describe("several addresses", () => {
  it("round_robin gives each its share, goes on without one that is down, and takes it back", async () => {
    const first = await listenAt("127.0.0.1");
    const second = await listenAt("127.0.0.2", first.port);
    const client = clientOf(first.port, at("127.0.0.1", "127.0.0.2", "127.0.0.3"));
    await calls(client, 20);
    expect(Math.abs(first.calls - second.calls)).toBeLessThan(4);
    const third = await listenAt("127.0.0.3", first.port);
    while (third.calls === 0) await calls(client, 1);
    second.connections[0]?.socket.destroy();
    while (second.connections.length < 2) expect(await call(client)).toMatch(/^(ok|14 )/);
  });

  it("one that says nothing keeps nobody waiting", async () => {
    const silent = await listenAt("127.0.0.1", 0, succeed, Buffer.alloc(0));
    const live = await listenAt("127.0.0.2", silent.port);
    for (const balancer of ["round_robin", "pick_first"] as const) {
      await calls(clientOf(silent.port, { balancer, ...at("127.0.0.1", "127.0.0.2") }), 3);
    }
    expect(live.calls).toBe(6);
  });

  it("pick_first keeps to one", async () => {
    const first = await listenAt("127.0.0.1");
    const second = await listenAt("127.0.0.2", first.port);
    await calls(clientOf(first.port, { balancer: "pick_first", ...at("127.0.0.1", "127.0.0.2") }), 10);
    expect([first.calls, second.connections.length]).toEqual([10, 0]);
  });
});

describe("a server that is not there", () => {
  it("is not tried for each call", async () => {
    const broken = await listenAt("127.0.0.1", 0, succeed, Buffer.from("no HTTP/2, and long enough to be a frame"));
    const client = clientOf(broken.port);
    const outcomes = new Set<string>();
    for (let index = 0; index < 200; index++) outcomes.add(await call(client));
    expect([...outcomes].every((one) => one.startsWith("14 No connection established"))).toBe(true);
    expect(broken.connections.length).toBeLessThan(10);
  });

  it("is waited for when wait_for_ready says so, until the call is given up", async () => {
    const { port } = await listenAt("127.0.0.1");
    await (closers.pop() as () => Promise<void>)();
    const waiting = clientOf(port, { waitForReady: true });
    const abort = new AbortController();
    const [first, second] = [call(waiting), call(waiting, abort.signal)];
    abort.abort();
    expect(await second).toBe("1 Call cancelled");
    await listenAt("127.0.0.1", port);
    expect(await first).toBe("ok");
  });

  it("cannot be found by its name", async () => {
    const resolve = async () => Promise.reject(new Error("ENOTFOUND"));
    expect(await call(clientOf(1, { resolve }))).toMatch(/^14 Name resolution failed/);
  });
});

describe("keepalive", () => {
  const pings = ({ seen }: RawConnection) => seen.filter(({ type }) => type === FRAME.ping).length;

  it("ends a connection whose server is gone without a word", async () => {
    const { port } = await listenAt("127.0.0.1", 0, () => undefined);
    const keepalive = { everyMs: 20, timeoutMs: 50, withoutCalls: false };
    expect(await call(clientOf(port, { keepalive }))).toBe("14 no answer to a keepalive ping");
  });

  it("pings half as often when a server says that it is too often", async () => {
    const greeting = Buffer.concat([settings]);
    const serve: Serve = (_, connection) => {
      connection.socket.on("data", () => {
        if (pings(connection) > 0) connection.send(goawayFrame(0, 11, "too_many_pings"));
      });
    };
    const { port, connections } = await listenAt("127.0.0.1", 0, serve, greeting);
    const client = clientOf(port, { keepalive: { everyMs: 15, timeoutMs: 1000, withoutCalls: false } });
    // Each GOAWAY makes the call anew, five times in all: 15 + 30 + 60 + 120 + 240 ms.
    const startMs = performance.now();
    expect(await call(client)).toBe("14 Stream refused by server");
    expect(performance.now() - startMs).toBeGreaterThan(400);
    expect(connections.map(pings)).toEqual([1, 1, 1, 1, 1]);
  });
});

it("a server that asks for more answers than it reads is left", async () => {
  const flood = Buffer.concat(Array.from({ length: 4000 }, () => frame(FRAME.ping, 0, 0, Buffer.alloc(8))));
  const serve: Serve = (_, { socket }) => {
    socket.pause();
    const more = (): void => {
      while (!socket.destroyed && socket.write(flood));
    };
    socket.on("drain", more);
    more();
  };
  const { port } = await listenAt("127.0.0.1", 0, serve);
  expect(await call(clientOf(port))).toMatch(/^14 Protocol error: too many frames ask for an answer/);
});

it("calls under way end when a client is closed, and no other begins", async () => {
  const held: (() => void)[] = [];
  const { port } = await listenAt("127.0.0.1", 0, (id, connection) => held.push(() => succeed(id, connection)));
  const client = clientOf(port);
  const underWay = call(client);
  while (held.length === 0) await new Promise((resolve) => setImmediate(resolve));
  client.close();
  expect(await call(client)).toBe("1 Call cancelled");
  held[0]?.();
  expect(await underWay).toBe("ok");
});

it("answers come in any pieces", async () => {
  const serve: Serve = (id, { socket }) => {
    const bytes = Buffer.concat([
      head(id),
      ...[0, 0, 0, 0, 2, 10, 0].map((byte) => frame(FRAME.data, 0, id, Buffer.from([byte]))),
      frame(FRAME.data, 0, id, Buffer.alloc(0)),
      frame(FRAME.headers, FLAG.endStream, id, trailers(id).subarray(9, 12)),
      frame(FRAME.continuation, FLAG.endHeaders, id, trailers(id).subarray(12)),
    ]);
    for (const byte of bytes) socket.write(Buffer.from([byte]));
  };
  const { port } = await listenAt("127.0.0.1", 0, serve);
  const answer = await clientOf(port).call("/a", undefined, message, new AbortController().signal);
  expect(answer).toEqual(Buffer.from([10, 0]));
});
