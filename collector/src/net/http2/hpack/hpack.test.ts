import { createServer, connect as http2Connect } from "node:http2";
import { type AddressInfo, connect, createServer as createTcpServer } from "node:net";
import { expect, it } from "vitest";
import { HpackDecoder } from "./hpack-decoder.js";
import { encodeHeaders } from "./hpack-encoder.js";

function decode(decoder: HpackDecoder, block: Buffer): string[] {
  const seen: string[] = [];
  decoder.decode(block, ({ name, value }) => seen.push(`${name}: ${value}`));
  return seen;
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

it("decodes the requests of RFC 7541, appendix C.3, one after the other", () => {
  const decoder = new HpackDecoder();
  const first = [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"];
  expect(decode(decoder, hex("828684410f7777772e6578616d706c652e636f6d"))).toEqual(first);
  expect(decode(decoder, hex("828684be58086e6f2d6361636865"))).toEqual([...first, "cache-control: no-cache"]);
  expect(decode(decoder, hex("828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565"))).toEqual([
    ":method: GET",
    ":scheme: https",
    ":path: /index.html",
    ":authority: www.example.com",
    "custom-key: custom-value",
  ]);
});

it("decodes those of appendix C.4, which are Huffman-coded", () => {
  const decoder = new HpackDecoder();
  const first = [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"];
  expect(decode(decoder, hex("828684418cf1e3c2e5f23a6ba0ab90f4ff"))).toEqual(first);
  expect(decode(decoder, hex("828684be5886a8eb10649cbf"))).toEqual([...first, "cache-control: no-cache"]);
});

it("evicts as a smaller table asks", () => {
  const decoder = new HpackDecoder();
  decode(decoder, hex("400161 0162 400163 0164"));
  expect(decode(decoder, hex("be bf"))).toEqual(["c: d", "a: b"]);
  expect(decode(decoder, hex("3f05 be"))).toEqual(["c: d"]);
  expect(() => decode(decoder, hex("bf"))).toThrow("no header has the index 63");
});

it("reads every byte that node:http2 sends Huffman-coded, and is read by it", async () => {
  const values = Array.from({ length: 40 }, (_, row) =>
    Array.from({ length: 60 }, (_, column) => String.fromCharCode(33 + ((row * 7 + column * 3) % 94))).join(""),
  );
  const lists = values.map((value, row) => ({ ":path": `/${row}`, "x-one": value, [`x-${row}`]: value.slice(row) }));
  const blocks: Buffer[] = [];
  // Between client and server of node:http2 stands one that looks at the frames.
  const answers = createServer((_, response) => response.end());
  await new Promise<void>((resolve) => answers.listen(0, "127.0.0.1", resolve));
  const received: Buffer[] = [];
  const tap = createTcpServer((socket) => {
    const onward = connect((answers.address() as AddressInfo).port, "127.0.0.1");
    socket.on("data", (bytes: Buffer) => received.push(bytes));
    socket.on("error", () => undefined);
    onward.on("error", () => undefined);
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((resolve) => tap.listen(0, "127.0.0.1", resolve));
  const session = http2Connect(`http://127.0.0.1:${(tap.address() as AddressInfo).port}`);
  for (const list of lists) {
    const stream = session.request(list);
    stream.resume();
    await new Promise((resolve) => stream.on("close", resolve));
  }
  session.destroy();
  for (const server of [answers, tap]) server.close();
  const bytes = Buffer.concat(received);
  for (let at = 24; at < bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    const skipped = (bytes.readUInt8(at + 4) & 0x20) === 0 ? 9 : 14;
    if (bytes[at + 3] === 1) blocks.push(bytes.subarray(at + skipped, at + 9 + bytes.readUIntBE(at, 3)));
  }
  expect(blocks).toHaveLength(lists.length);
  const decoder = new HpackDecoder();
  for (const [index, block] of blocks.entries()) {
    const seen = decode(decoder, block);
    for (const [name, value] of Object.entries(lists[index] ?? {})) expect(seen).toContain(`${name}: ${value}`);
    expect(decode(new HpackDecoder(), encodeHeaders([["x", values[index] as string]]))).toEqual([
      `x: ${values[index]}`,
    ]);
  }
});
