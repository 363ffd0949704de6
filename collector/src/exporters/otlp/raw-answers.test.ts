import { readBatch } from "@venturi/otlp";
import { afterEach, describe, expect, it } from "vitest";
import type { ComponentHost } from "../../component.js";
import { ExportError } from "../../export/export-error.js";
import type { Sender } from "../../export/queued-exporter.js";
import { FLAG, FRAME, frame, goawayFrame, numberFrame, settingsFrame } from "../../net/http2/frames.js";
import { encodeHeaders } from "../../net/http2/hpack/hpack-encoder.js";
import { head, type RawConnection, rawServer, trailers } from "../../net/http2/raw-server.test.fixture.js";
import { tracesBytes } from "../../testing/telemetry.test.fixture.js";
import { otlpGrpcSchema } from "./config.js";
import { GrpcJsSender } from "./grpc-js-sender.js";
import { PlainSender } from "./plain-sender.js";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const batch = readBatch("traces", tracesBytes([{}]));

/** `sent`, or the gRPC code and whether the batch is sent again. */
async function outcome(sender: Sender): Promise<string> {
  try {
    await sender.push(batch, new AbortController().signal);
    return "sent";
  } catch (error) {
    if (!(error instanceof ExportError)) throw error;
    const code = /code = (\w+)/.exec(error.message)?.[1];
    return `${code}${error.retryable ? ", again" : ""}`;
  }
}

type Answer = (streamId: number, connection: RawConnection) => void;

async function outcomeOf(kind: "plain" | "grpc-js", answer: Answer): Promise<string> {
  const server = await rawServer(answer);
  closers.push(() => server.close());
  const endpoint = `127.0.0.1:${server.port}`;
  const config = otlpGrpcSchema.parse({ endpoint, tls: { insecure: true }, compression: "none" });
  const sender: Sender =
    kind === "plain"
      ? new PlainSender(config, { host: "127.0.0.1", port: server.port })
      : new GrpcJsSender(config, {} as ComponentHost);
  await sender.start?.();
  closers.push(() => sender.close());
  return await outcome(sender);
}

async function outcomes(answer: Answer): Promise<string[]> {
  return [await outcomeOf("plain", answer), await outcomeOf("grpc-js", answer)];
}

const empty = Buffer.alloc(5);
const data = (id: number, bytes: Uint8Array, flags = 0): Buffer => frame(FRAME.data, flags, id, bytes);
const block = (id: number, flags: number, ...fields: (readonly [string, string])[]): Buffer =>
  frame(FRAME.headers, FLAG.endHeaders | flags, id, encodeHeaders(fields));
const END = FLAG.endStream;
const long = encodeHeaders([["z", "y".repeat(16_000)]]);

/** A header that goes to the table of HPACK, where it is number 62. */
const indexed = Buffer.concat([Buffer.from([0x40, 1, 0x78, 0x7f, 0xb9, 0x16]), Buffer.alloc(3000, "v")]);

/** What a server sends for a call. */
const ANSWERS: Readonly<Record<string, (id: number) => readonly Uint8Array[]>> = {
  "an answer": (id) => [head(id), data(id, empty), trailers(id)],
  "an answer behind 100 and 103": (id) => [
    block(id, 0, [":status", "100"]),
    block(id, 0, [":status", "103"], ["grpc-status", "5"]),
    head(id),
    data(id, empty),
    trailers(id),
  ],
  "an answer in padded frames": (id) => [
    frame(
      FRAME.headers,
      FLAG.endHeaders | FLAG.padded,
      id,
      Buffer.concat([Buffer.from([3]), head(id).subarray(9), Buffer.alloc(3)]),
    ),
    frame(FRAME.data, FLAG.padded, id, Buffer.from([2, 0, 0, 0, 0, 0, 0, 0])),
    trailers(id),
  ],
  "no message": (id) => [head(id), trailers(id)],
  "half a message": (id) => [head(id), data(id, Buffer.from([0, 0, 0, 0, 9, 1])), trailers(id)],
  "a message too large": (id) => [head(id), data(id, Buffer.from([0, 0xff, 0, 0, 0])), trailers(id)],
  "no trailers": (id) => [head(id), data(id, empty, END)],
  "trailers without a status": (id) => [head(id), data(id, empty), block(id, END, ["x", "y"])],
  "a status that nobody knows": (id) => [head(id), data(id, empty), trailers(id, "99")],
  "a status in the headers and none behind": (id) => [
    head(id, 0, ["grpc-status", "14"]),
    data(id, empty),
    trailers(id),
  ],
  "a failure though there is a message": (id) => [head(id), data(id, empty), trailers(id, "14")],
  "the page of a proxy": (id) => [
    block(id, 0, [":status", "502"], ["content-type", "text/html"]),
    data(id, Buffer.from("<html>Bad gateway</html>"), END),
  ],
  "404 alone": (id) => [block(id, END, [":status", "404"])],
  "429 alone": (id) => [block(id, END, [":status", "429"])],
  "no :status": (id) => [block(id, 0, ["content-type", "application/grpc"]), data(id, empty), trailers(id)],
  "two :status": (id) => [block(id, 0, [":status", "200"], [":status", "200"]), data(id, empty), trailers(id)],
  "trailers that do not end it": (id) => [head(id), data(id, empty), block(id, 0, ["grpc-status", "0"])],
  "a reset behind the headers": (id) => [head(id), numberFrame(FRAME.rstStream, id, 2)],
  "a reset without an error": (id) => [head(id), numberFrame(FRAME.rstStream, id, 0)],
  "WINDOW_UPDATE by 0": (id) => [numberFrame(FRAME.windowUpdate, id, 0)],
};

describe("both clients make the same of", () => {
  for (const [name, answer] of Object.entries(ANSWERS)) {
    it(name, async () => {
      const [ours, theirs] = await outcomes((id, connection) => connection.send(...answer(id)));
      expect(ours).toBe(theirs);
    });
  }
});

/** grpc-js makes nothing of these and waits for its deadline, or has no code for them. */
const MALFORMED: Readonly<Record<string, readonly [answer: (id: number) => readonly Uint8Array[], outcome: string]>> = {
  "two messages": [(id) => [head(id), data(id, Buffer.alloc(10)), trailers(id)], "UNIMPLEMENTED"],
  "DATA before headers": [(id) => [data(id, empty), trailers(id)], "INTERNAL"],
  "a status that is no number": [(id) => [head(id), data(id, empty), trailers(id, "x")], "UNKNOWN"],
  "headers that grow when they are read": [
    (id) => [frame(FRAME.headers, FLAG.endHeaders, id, Buffer.concat([indexed, Buffer.alloc(30, 0x80 | 62)]))],
    "RESOURCE_EXHAUSTED",
  ],
};

describe("the plain client tells at once", () => {
  for (const [name, [answer, expected]] of Object.entries(MALFORMED)) {
    it(name, async () => {
      expect(await outcomeOf("plain", (id, connection) => connection.send(...answer(id)))).toBe(expected);
    });
  }
});

/** Whatever is under way on the connection fails, and is sent again. */
const FAULTS: Readonly<Record<string, (id: number) => readonly Uint8Array[]>> = {
  "DATA of nobody": () => [data(77, empty)],
  "headers of nobody": () => [head(77)],
  "a stream of its own": () => [head(2)],
  "a cut PING": () => [frame(FRAME.ping, 0, 0, Buffer.alloc(7))],
  "a cut GOAWAY": () => [frame(FRAME.goaway, 0, 0, Buffer.alloc(7))],
  "SETTINGS on a stream": (id) => [frame(FRAME.settings, 0, id, Buffer.alloc(0))],
  "a window too large": () => [numberFrame(FRAME.windowUpdate, 0, 0x7fffffff)],
  PUSH_PROMISE: (id) => [frame(FRAME.pushPromise, FLAG.endHeaders, id, Buffer.from([0, 0, 0, 2]))],
  "a block that is interrupted": (id) => [frame(FRAME.headers, 0, id, Buffer.from([0x88])), data(id, empty)],
  "a block that nobody can read": (id) => [frame(FRAME.headers, FLAG.endHeaders, id, Buffer.from([0xff, 0xff, 0xff]))],
  "headers without end": (id) => [
    frame(FRAME.headers, 0, id, long),
    ...Array.from({ length: 4 }, () => frame(FRAME.continuation, 0, id, long)),
  ],
  "a bad setting": () => [settingsFrame([[5, 1]])],
  "a frame too large": (id) => [frame(FRAME.data, 0, id, Buffer.alloc(16_385))],
};

describe("the plain client ends the connection at", () => {
  for (const [name, fault] of Object.entries(FAULTS)) {
    it(name, async () => {
      const answer = await outcomeOf("plain", (id, connection) => connection.send(...fault(id)));
      expect(answer).toBe("UNAVAILABLE, again");
    });
  }
});

describe("both clients send again after", () => {
  it("a connection that breaks off in an answer", async () => {
    const answers = await outcomes((id, { socket }) => void socket.end(head(id)));
    expect(answers).toEqual(["UNAVAILABLE, again", "UNAVAILABLE, again"]);
  });

  it("GOAWAY that leaves calls out, again and again", async () => {
    const answers = await outcomes((_, { socket }) => void socket.end(goawayFrame(0, 0, "")));
    expect(answers).toEqual(["UNAVAILABLE, again", "UNAVAILABLE, again"]);
  });
});
