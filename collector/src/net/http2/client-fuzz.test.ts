import { afterEach, expect, it } from "vitest";
import { FLAG, FRAME, frame, goawayFrame, numberFrame, settingsFrame } from "./frames.js";
import { GrpcClient } from "./grpc-client.js";
import { GrpcError } from "./grpc-error.js";
import { encodeHeaders } from "./hpack/hpack-encoder.js";
import { head, type RawConnection, type RawServer, rawServer, trailers } from "./raw-server.test.fixture.js";

let server: RawServer | undefined;
afterEach(() => server?.close());

/** Numerical Recipes' generator: the same numbers each run. */
function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Random = (below: number) => number;

/** Frames of an answer to `id`, in an order that is seldom right. */
function anyFrame(id: number, random: Random): Buffer {
  switch (random(16)) {
    case 0:
    case 1:
      return head(id, random(8) === 0 ? FLAG.endStream : 0);
    case 2:
    case 3:
      return frame(FRAME.data, random(2) * FLAG.padded + (random(9) === 0 ? 1 : 0), id, Buffer.alloc(random(40)));
    case 4:
      return trailers(id, String(random(20)));
    case 5:
      return numberFrame(random(2) === 0 ? FRAME.rstStream : FRAME.windowUpdate, id, random(1 << 20));
    case 6:
      return numberFrame(FRAME.windowUpdate, random(2) * id, random(1 << 20));
    case 7:
      return settingsFrame([[1 + random(6), random(100_000)]]);
    case 8:
      return frame(FRAME.headers, random(256), id, encodeHeaders([[":status", String(random(600))]]));
    case 9:
      return random(4) === 0
        ? goawayFrame(random(2 * id), random(14), "why")
        : frame(FRAME.ping, 0, 0, Buffer.alloc(8));
    case 10:
      return frame(random(11), random(256), random(id + 4), Buffer.alloc(random(40), random(256)));
    default:
      return Buffer.concat([head(id), frame(FRAME.data, 0, id, Buffer.alloc(5)), trailers(id)]);
  }
}

function answerBadly(id: number, { socket }: RawConnection, random: Random): void {
  const bytes = Buffer.concat(Array.from({ length: 1 + random(12) }, () => anyFrame(id, random)));
  for (let count = random(3) === 0 ? random(6) : 0; count > 0; count--) bytes[random(bytes.length)] = random(256);
  const cut = random(bytes.length);
  socket.write(bytes.subarray(0, cut));
  socket.write(bytes.subarray(cut));
  if (random(3) === 0) socket.destroy();
  else if (random(3) > 0) socket.end();
}

it("whatever a server says, each call ends once, as an answer or a GrpcError, and lets go of its memory", async () => {
  const random = seeded(9113);
  server = await rawServer((id, connection) => answerBadly(id, connection, random));
  const { port } = server;
  const outcomes = new Map<string, number>();
  let flushed = 0;
  let messages = 0;
  for (let round = 0; round < 80; round++) {
    const client = new GrpcClient({
      host: "127.0.0.1",
      port,
      balancer: random(2) === 0 ? "round_robin" : "pick_first",
      keepalive: undefined,
      waitForReady: true,
      headers: [],
      authority: "x",
    });
    const pieces = Array.from({ length: 1 + random(3) }, () => Buffer.alloc(random(40_000)));
    const message = () => {
      messages++;
      return { pieces, isCompressed: false, onFlushed: () => void flushed++ };
    };
    const abort = new AbortController();
    const calls = Array.from({ length: 1 + random(5) }, () => client.call("/a", undefined, message, abort.signal));
    // A server that says nothing of use is no fault of the client: then its patience ends.
    const patience = setTimeout(() => abort.abort(), 40);
    for (const { reason, status } of await Promise.allSettled(calls).then((all) => all as PromiseRejectedResult[])) {
      if (status === "rejected") expect(reason).toBeInstanceOf(GrpcError);
      const name = status === "rejected" ? String((reason as GrpcError).status.code) : "answer";
      outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
    }
    clearTimeout(patience);
    client.close();
    for (const { socket } of server.connections.splice(0)) socket.destroy();
  }
  while (flushed < messages) await new Promise((resolve) => setImmediate(resolve));
  expect(flushed).toBe(messages);
  expect(outcomes.get("answer")).toBeGreaterThan(5);
  expect(outcomes.size).toBeGreaterThan(5);
});
