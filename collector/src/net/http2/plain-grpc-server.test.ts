import { connect as connectHttp2 } from "node:http2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CODE } from "../rpc-status.js";
import { FLAG, FRAME, frame, numberFrame, PREFACE, SETTING, settingsFrame } from "./frames.js";
import { encodeHeaders } from "./hpack/hpack-encoder.js";
import { listenPlainGrpc, type PlainGrpcServer } from "./plain-grpc-server.js";
import { data, headers, message, RawClient, REQUEST } from "./raw-client.test.fixture.js";

/** What the calls brought; those of `later` are answered when `release` is called. */
const served: string[] = [];
let release = (): void => {};
const failures: unknown[] = [];
let server: PlainGrpcServer;
const clients: RawClient[] = [];

beforeAll(async () => {
  server = await listenPlainGrpc(
    { host: "127.0.0.1", port: 0 },
    {
      maxMessageBytes: 3_000_000,
      maxStreams: 5,
      life: {},
      isServed: (path) => path === "/a" || path === "/later",
      answer: ({ path, bytes, lease }) => {
        const text = bytes.toString("latin1");
        served.push(text.length > 100 ? String(text.length) : text);
        lease?.release();
        if (path === "/later") return new Promise((resolve) => (release = () => resolve(undefined)));
        return text === "bad" ? { code: CODE.invalidArgument, message: "b\u00e4d 100%" } : undefined;
      },
      failed: (error) => void failures.push(error),
    },
  );
});
afterAll(async () => {
  for (const client of clients) client.socket.destroy();
  await server.close(1000);
  expect(failures).toEqual([]);
});

function start(settings?: readonly (readonly [number, number])[]): RawClient {
  const client = new RawClient(server.address);
  clients.push(client);
  return client.begin(settings);
}

/** A call with another header, or one in place of another. */
function requestWith(...changes: (readonly [string, string])[]): (readonly [string, string])[] {
  const names = new Set(changes.map(([name]) => name));
  const [pseudo, others] = [REQUEST.filter(([name]) => name.startsWith(":")), REQUEST.slice(4)];
  const kept = (list: typeof REQUEST): typeof REQUEST => list.filter(([name]) => !names.has(name));
  return [
    ...kept(pseudo),
    ...changes.filter(([name]) => name.startsWith(":")),
    ...kept(others),
    ...changes.filter(([name]) => !name.startsWith(":")),
  ];
}

describe("a unary call", () => {
  const call = Buffer.concat([PREFACE, settingsFrame([]), headers(1), data(1, message("hello"))]);

  it("may arrive in any pieces", async () => {
    served.length = 0;
    for (let cut = 1; cut < call.length; cut += 5) {
      const client = new RawClient(server.address);
      client.send(call.subarray(0, cut));
      await new Promise((resolve) => client.socket.write(call.subarray(cut, cut + 2), resolve));
      client.send(call.subarray(cut + 2));
      expect(await client.end(1), String(cut)).toBe("ok");
      client.socket.destroy();
    }
    expect([...new Set(served)]).toEqual(["hello"]);
  });

  it("may be padded, cut into frames, followed by an empty one or by trailers", async () => {
    served.length = 0;
    const client = start();
    const bytes = message("padded");
    const padded = Buffer.concat([Buffer.from([3]), bytes.subarray(0, 4), Buffer.alloc(3)]);
    client.send(
      headers(1),
      data(1, padded, FLAG.padded),
      data(1, Buffer.from([0]), FLAG.padded),
      data(1, Buffer.concat([Buffer.from([200]), bytes.subarray(4), Buffer.alloc(200)]), FLAG.padded | FLAG.endStream),
      headers(3),
      data(3, message("empty"), 0),
      data(3, Buffer.alloc(0)),
      headers(5),
      data(5, message("trailers"), 0),
      headers(5, [["x", "y"]], FLAG.endHeaders | FLAG.endStream),
    );
    for (const id of [1, 3, 5]) expect(await client.end(id)).toBe("ok");
    expect(served).toEqual(["padded", "empty", "trailers"]);
  });

  it("may have its headers in many frames, with priority and padding", async () => {
    const block = encodeHeaders(REQUEST);
    const first = Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 9]), block.subarray(0, 3), Buffer.alloc(2)]);
    const client = start().send(
      frame(FRAME.priority, 0, 9, Buffer.alloc(5)),
      frame(0xee, 0xff, 77, Buffer.from("an extension")),
      frame(FRAME.headers, FLAG.padded | FLAG.priority, 1, first),
      frame(FRAME.continuation, 0, 1, block.subarray(3, 4)),
      frame(FRAME.continuation, 0, 1, Buffer.alloc(0)),
      frame(FRAME.continuation, FLAG.endHeaders, 1, block.subarray(4)),
      data(1, message("")),
    );
    expect(await client.end(1)).toBe("ok");
  });

  it("is answered as far as the client's windows allow", async () => {
    const client = start([[SETTING.initialWindowSize, 0]]).send(headers(1), data(1, message("x")));
    const head = await client.find((one) => one.type === FRAME.headers);
    expect(head?.flags).toBe(FLAG.endHeaders);
    expect(client.frames.some((one) => one.type === FRAME.data)).toBe(false);
    client.send(numberFrame(FRAME.windowUpdate, 1, 2));
    expect((await client.find((one) => one.type === FRAME.data))?.payload).toEqual(Buffer.alloc(2));
    client.send(settingsFrame([[SETTING.initialWindowSize, 1]]), settingsFrame([[SETTING.initialWindowSize, 50]]));
    expect(await client.end(1)).toBe("ok");
    const answer = client.frames.filter((one) => one.type === FRAME.data).map((one) => one.payload);
    expect(Buffer.concat(answer)).toEqual(Buffer.alloc(5));
  });

  it("larger than a window is let in", async () => {
    served.length = 0;
    const session = connectHttp2(`http://${server.address}`);
    const stream = session.request(Object.fromEntries(REQUEST));
    stream.end(message("x".repeat(2_900_000)));
    const trailers = await new Promise<Record<string, unknown>>((resolve) => {
      stream.on("trailers", resolve);
      stream.resume();
    });
    expect(trailers["grpc-status"]).toBe("0");
    expect(served).toEqual(["2900000"]);
    session.close();
  });

  it("that fails says why, percent-encoded", async () => {
    const client = start().send(headers(1), data(1, message("bad")));
    expect(await client.end(1)).toBe("grpc 3");
    const last = client.frames.find((one) => one.type === FRAME.headers);
    expect(last?.payload.toString("latin1")).toContain("b%C3%A4d 100%25");
  });
});

const idle = 101;
const bytesOf = (size: number): Buffer => Buffer.alloc(size);
const pseudoLast: (readonly [string, string])[] = [["content-type", "application/grpc"], ...REQUEST.slice(0, 4)];
/** A header of 3840 bytes, and then 60 times that it comes again. */
const bomb = Buffer.from([0x40, 1, 0x78, 0x7f, 0x81, 0x1d, ...Buffer.alloc(3840, 0x79), ...Buffer.alloc(60, 0xbe)]);

/** Frames after preface and SETTINGS, and how stream 1 ends. Codes: RFC 9113, section 7. */
const misdeeds: Record<string, readonly [Uint8Array[], string]> = {
  "a frame too large": [[frame(FRAME.data, 0, 1, bytesOf(16_385))], "GOAWAY 6"],
  "DATA on stream 0": [[data(0, bytesOf(1))], "GOAWAY 1"],
  "DATA on an idle stream": [[data(idle, bytesOf(1))], "GOAWAY 1"],
  "DATA on a stream of the server": [[data(2, bytesOf(1))], "GOAWAY 1"],
  "DATA behind the end": [
    [headers(1, requestWith([":path", "/later"])), data(1, message("")), data(1, bytesOf(1))],
    "RST 5",
  ],
  "HEADERS behind the end": [[headers(1, requestWith([":path", "/later"])), data(1, message("")), headers(1)], "RST 5"],
  "padding as long as its frame": [[headers(1), frame(FRAME.data, FLAG.padded, 1, Buffer.from([9, 0]))], "GOAWAY 1"],
  "padded without padding": [[headers(1), frame(FRAME.data, FLAG.padded, 1, bytesOf(0))], "GOAWAY 6"],
  "padding longer than HEADERS": [[frame(FRAME.headers, FLAG.padded, 1, Buffer.from([9, 0]))], "GOAWAY 1"],
  "HEADERS cut in its priority": [[frame(FRAME.headers, FLAG.priority, 1, bytesOf(4))], "GOAWAY 6"],
  "HEADERS on stream 0": [[headers(0)], "GOAWAY 1"],
  "HEADERS on an even stream": [[headers(2)], "GOAWAY 1"],
  "HEADERS in the middle of a call": [[headers(1), headers(1)], "RST 1"],
  "pseudo-headers behind a body": [[headers(1), headers(1, REQUEST, FLAG.endHeaders | FLAG.endStream)], "RST 1"],
  "a block that is interrupted": [[headers(1, REQUEST, 0), data(1, bytesOf(0))], "GOAWAY 1"],
  "a block that goes on elsewhere": [[headers(1, REQUEST, 0), frame(FRAME.continuation, 4, 3, bytesOf(0))], "GOAWAY 1"],
  "CONTINUATION of nothing": [[frame(FRAME.continuation, 4, 1, bytesOf(0))], "GOAWAY 1"],
  "a flood of CONTINUATION": [
    [headers(1, REQUEST, 0), ...Array.from({ length: 50 }, () => frame(FRAME.continuation, 0, 1, bytesOf(0)))],
    "GOAWAY 11",
  ],
  "a block too large": [
    [headers(1, REQUEST, 0), ...Array.from({ length: 5 }, () => frame(FRAME.continuation, 0, 1, bytesOf(16_384)))],
    "GOAWAY 11",
  ],
  "a list of headers too large": [[frame(FRAME.headers, FLAG.endHeaders, 1, bomb)], "RST 11"],
  "an index of nothing": [[frame(FRAME.headers, FLAG.endHeaders, 1, Buffer.from([0xbe]))], "GOAWAY 9"],
  "a block that is cut": [[frame(FRAME.headers, FLAG.endHeaders, 1, Buffer.from([0x40, 9, 1]))], "GOAWAY 9"],
  "an endless integer": [[frame(FRAME.headers, 4, 1, Buffer.alloc(12, 0xff))], "GOAWAY 9"],
  "a table too large": [[frame(FRAME.headers, 4, 1, Buffer.from([0x3f, 0xff, 0xff, 3]))], "GOAWAY 9"],
  "an end mark in a string": [
    [frame(FRAME.headers, 4, 1, Buffer.from([0x40, 0x84, 255, 255, 255, 255, 0]))],
    "GOAWAY 9",
  ],
  "a name in upper case": [[headers(1, requestWith(["Te", "trailers"]))], "RST 1"],
  "a line feed in a value": [[headers(1, requestWith(["x", "a\nb"]))], "RST 1"],
  "a blank before a value": [[headers(1, requestWith(["x", " a"]))], "RST 1"],
  "an unknown pseudo-header": [[headers(1, requestWith([":x", "y"]))], "RST 1"],
  "a pseudo-header twice": [[headers(1, [...REQUEST.slice(0, 1), ...REQUEST])], "RST 1"],
  "a pseudo-header behind others": [[headers(1, pseudoLast)], "RST 1"],
  "no path": [
    [
      headers(
        1,
        REQUEST.filter(([name]) => name !== ":path"),
      ),
    ],
    "RST 1",
  ],
  "no scheme": [
    [
      headers(
        1,
        REQUEST.filter(([name]) => name !== ":scheme"),
      ),
    ],
    "RST 1",
  ],
  "a header of connections": [[headers(1, requestWith(["connection", "close"]))], "RST 1"],
  "te of another kind": [[headers(1, requestWith(["te", "gzip"]))], "RST 1"],
  "SETTINGS on a stream": [[frame(FRAME.settings, 0, 1, bytesOf(0))], "GOAWAY 1"],
  "SETTINGS that are cut": [[frame(FRAME.settings, 0, 0, bytesOf(5))], "GOAWAY 6"],
  "an ACK with content": [[frame(FRAME.settings, FLAG.ack, 0, bytesOf(6))], "GOAWAY 6"],
  "a window too large": [[settingsFrame([[SETTING.initialWindowSize, 0x8000_0000]])], "GOAWAY 3"],
  "frames too small": [[settingsFrame([[SETTING.maxFrameSize, 100]])], "GOAWAY 1"],
  "a push of 2": [[settingsFrame([[SETTING.enablePush, 2]])], "GOAWAY 1"],
  PUSH_PROMISE: [[frame(FRAME.pushPromise, 4, 1, bytesOf(4))], "GOAWAY 1"],
  "PING on a stream": [[frame(FRAME.ping, 0, 1, bytesOf(8))], "GOAWAY 1"],
  "PING of 7 bytes": [[frame(FRAME.ping, 0, 0, bytesOf(7))], "GOAWAY 6"],
  "PRIORITY without a stream": [[frame(FRAME.priority, 0, 0, bytesOf(5))], "GOAWAY 1"],
  "PRIORITY of 4 bytes": [[frame(FRAME.priority, 0, 1, bytesOf(4))], "GOAWAY 6"],
  "GOAWAY on a stream": [[frame(FRAME.goaway, 0, 1, bytesOf(8))], "GOAWAY 1"],
  "RST_STREAM of an idle stream": [[numberFrame(FRAME.rstStream, idle, 8)], "GOAWAY 1"],
  "RST_STREAM of 3 bytes": [[headers(1), frame(FRAME.rstStream, 0, 1, bytesOf(3))], "GOAWAY 6"],
  "WINDOW_UPDATE by 0": [[headers(1), numberFrame(FRAME.windowUpdate, 1, 0)], "RST 1"],
  "WINDOW_UPDATE of the connection by 0": [[numberFrame(FRAME.windowUpdate, 0, 0)], "GOAWAY 1"],
  "WINDOW_UPDATE of an idle stream": [[numberFrame(FRAME.windowUpdate, idle, 1)], "GOAWAY 1"],
  "a window beyond its end": [[headers(1), numberFrame(FRAME.windowUpdate, 1, 0x7fff_ffff)], "RST 3"],
  "a connection window beyond its end": [[numberFrame(FRAME.windowUpdate, 0, 0x7fff_ffff)], "GOAWAY 3"],
  "rapid reset": [
    Array.from({ length: 1500 }, (_, index) => [
      headers(2 * index + 1),
      numberFrame(FRAME.rstStream, 2 * index + 1, 8),
    ]).flat(),
    "GOAWAY 11",
  ],
  "made-you-reset": [
    Array.from({ length: 1500 }, (_, index) => [
      headers(2 * index + 1),
      numberFrame(FRAME.windowUpdate, 2 * index + 1, 0),
    ]).flat(),
    "GOAWAY 11",
  ],
};

describe("what is not HTTP/2 ends as RFC 9113 says", () => {
  for (const [name, [frames, end]] of Object.entries(misdeeds)) {
    it(name, async () => {
      const client = start();
      client.send(...frames);
      if (end === "GOAWAY 11") expect(await client.find((one) => one.type === FRAME.goaway)).toBeDefined();
      else expect(await client.end(1)).toBe(end);
      if (!end.startsWith("GOAWAY")) {
        client.send(headers(7), data(7, message("after")));
        expect(await client.end(7)).toBe("ok");
        return;
      }
      const goaway = await client.find((one) => one.type === FRAME.goaway);
      expect(`GOAWAY ${goaway?.payload.readUInt32BE(4)}`).toBe(end);
      await client.closed();
    });
  }

  it("no preface, and a first frame that is no SETTINGS", async () => {
    for (const bytes of [Buffer.from("GET / HTTP/1.1\r\n\r\n"), Buffer.concat([PREFACE, headers(1)])]) {
      const client = new RawClient(server.address).send(bytes);
      expect(await client.end(1)).toBe("GOAWAY 1");
    }
  });
});

describe("a connection", () => {
  it("answers PING and SETTINGS, and takes no more calls at once than it said", async () => {
    const client = start().send(frame(FRAME.ping, 0, 0, Buffer.from("12345678")));
    const pong = await client.find((one) => one.type === FRAME.ping);
    expect(pong).toMatchObject({ flags: FLAG.ack, payload: Buffer.from("12345678") });
    expect(client.frames.some((one) => one.type === FRAME.settings && one.flags === FLAG.ack)).toBe(true);
    for (let id = 1; id <= 11; id += 2) client.send(headers(id));
    expect(await client.end(11)).toBe("RST 7");
    // What the client sent before it heard of that is no fault.
    client.send(data(11, message("lost")), data(1, message("won")));
    expect(await client.end(1)).toBe("ok");
  });

  it("whose client shut its side answers what came whole", async () => {
    const client = start().send(headers(1, requestWith([":path", "/later"])), data(1, message("z")), headers(3));
    client.socket.end();
    while (!served.includes("z")) await new Promise((resolve) => setImmediate(resolve));
    release();
    expect(await client.end(1)).toBe("ok");
    await client.closed();
  });

  it("that ends a call early asks for no more of it", async () => {
    const client = start().send(headers(1, requestWith([":path", "/unknown"])));
    expect(await client.end(1)).toBe("grpc 12");
    const reset = await client.find((one) => one.type === FRAME.rstStream);
    expect(reset?.payload.readUInt32BE(0)).toBe(0);
    client.send(data(1, message("late")), headers(3), data(3, message("fine")));
    expect(await client.end(3)).toBe("ok");
  });

  it("lets go of a call whose time is over", async () => {
    const client = start().send(headers(1, requestWith(["grpc-timeout", "5m"])));
    expect(await client.end(1)).toBe("grpc 4");
  });
});
