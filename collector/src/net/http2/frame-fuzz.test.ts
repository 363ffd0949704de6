import { afterAll, beforeAll, expect, it } from "vitest";
import { FLAG, FRAME, frame, numberFrame, PREFACE, settingsFrame } from "./frames.js";
import { HpackDecoder } from "./hpack/hpack-decoder.js";
import { encodeHeaders } from "./hpack/hpack-encoder.js";
import { ConnectionError } from "./http2-error.js";
import { listenPlainGrpc, type PlainGrpcServer } from "./plain-grpc-server.js";
import { data, headers, message, RawClient, REQUEST } from "./raw-client.test.fixture.js";

const failures: unknown[] = [];
let leases = 0;
let server: PlainGrpcServer;
beforeAll(async () => {
  const life = {};
  server = await listenPlainGrpc(
    { host: "127.0.0.1", port: 0 },
    {
      maxMessageBytes: 100_000,
      maxStreams: 10,
      life,
      isServed: () => true,
      answer: ({ bytes, lease }) => {
        leases++;
        lease?.release();
        return bytes.length % 2 === 0 ? undefined : new Promise((resolve) => setImmediate(resolve, undefined));
      },
      failed: (error) => void failures.push(error),
    },
  );
});
afterAll(() => server.close(0));

/** Numerical Recipes' generator: the same numbers each run. */
function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Frames of calls, in an order that is seldom right. */
function anyFrame(random: (below: number) => number): Buffer {
  const id = 2 * random(8) + 1;
  switch (random(8)) {
    case 0:
    case 1:
    case 2:
      return Buffer.concat([headers(id), data(id, message("x".repeat(random(3000))))]);
    case 3:
      return headers(id, REQUEST, random(8));
    case 4:
      return data(id, message("y".repeat(random(50))), random(2) * FLAG.padded + random(2));
    case 5:
      return numberFrame(random(2) === 0 ? FRAME.rstStream : FRAME.windowUpdate, random(2) * id, 1 + random(1 << 20));
    case 6:
      return settingsFrame([[1 + random(6), random(100_000)]]);
    default:
      return frame(random(11), random(256), random(4), Buffer.alloc(random(40), random(256)));
  }
}

it("frames in any order, cut and damaged, neither crash nor hang the server", async () => {
  const random = seeded(7541);
  for (let round = 0; round < 150; round++) {
    const rightOnes = Array.from({ length: 1 + random(30) }, () => anyFrame(random));
    const bytes = Buffer.concat([PREFACE, settingsFrame([]), ...rightOnes]);
    const damages = random(2) === 0 ? 0 : random(6);
    for (let count = 0; count < damages; count++) bytes[24 + random(bytes.length - 24)] = random(256);
    const client = new RawClient(server.address);
    const cut = random(bytes.length);
    client.send(bytes.subarray(0, cut));
    if (random(4) === 0) client.socket.destroy();
    else {
      client.send(bytes.subarray(cut));
      client.socket.end();
    }
    await client.closed();
  }
  const client = new RawClient(server.address).begin().send(headers(1), data(1, message("even")));
  expect(await client.end(1)).toBe("ok");
  client.socket.destroy();
  expect(leases).toBeGreaterThan(50);
  expect(failures).toEqual([]);
});

it("damaged header blocks are refused or read, and nothing else", () => {
  const random = seeded(9113);
  const block = encodeHeaders([...REQUEST, ["x-long", "v".repeat(300)]]);
  let refused = 0;
  for (let round = 0; round < 20_000; round++) {
    const decoder = new HpackDecoder();
    const bytes = Buffer.from(block);
    for (let count = random(5); count >= 0; count--) bytes[random(bytes.length)] = random(256);
    let seen = 0;
    try {
      decoder.decode(bytes.subarray(0, random(2) === 0 ? bytes.length : random(bytes.length)), () => seen++);
    } catch (error) {
      expect(error).toBeInstanceOf(ConnectionError);
      refused++;
    }
    expect(seen).toBeLessThanOrEqual(bytes.length);
  }
  expect(refused).toBeGreaterThan(1000);
});
