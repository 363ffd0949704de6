import { describe, expect, test } from "vitest";
import { compressor } from "./compress.js";
import { crc32c } from "./crc32c.js";
import { INFLATERS, isTooLarge } from "./inflate.js";
import { windowDescriptor, zstdFrames } from "./zstd-frames.js";

const ENCODINGS = ["gzip", "zstd", "zlib", "deflate", "snappy", "x-snappy-framed"] as const;

/** Text that repeats, with noise in between, from a seed. */
function sample(bytes: number, seed = 1): Buffer {
  const buffer = Buffer.alloc(bytes, "service.name=checkout;http.route=/cart/:id;");
  let state = seed;
  for (let at = 0; at < bytes; at += 17) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    buffer[at] = state >>> 24;
  }
  return buffer;
}

const inflate = (encoding: string, body: Uint8Array, maxBytes = 10_000_000): Promise<Buffer> =>
  (INFLATERS.get(encoding) as NonNullable<ReturnType<typeof INFLATERS.get>>)(Buffer.from(body), maxBytes);

describe.each(ENCODINGS)("%s", (encoding) => {
  test.each([0, 1, 100, 65_536, 300_000, 1_500_000])("%i bytes come back", async (bytes) => {
    const body = sample(bytes);
    const compressed = await compressor(encoding, -1)?.([body]);
    expect(Buffer.compare(await inflate(encoding, compressed as Uint8Array), body)).toBe(0);
  });

  test("the inflated size is bounded, also for a bomb", async () => {
    for (const body of [sample(100_000), Buffer.alloc(8_000_000)]) {
      const compressed = (await compressor(encoding, 1)?.([body])) as Uint8Array;
      await expect(inflate(encoding, compressed, body.length)).resolves.toHaveLength(body.length);
      const error = await inflate(encoding, compressed, body.length - 1).catch((it: unknown) => it);
      expect(isTooLarge(error)).toBe(true);
    }
  });

  test("what is cut, changed or something else is refused or small, never worse", async () => {
    const compressed = (await compressor(encoding, 1)?.([sample(5000)])) as Uint8Array;
    const refused = (body: Uint8Array): Promise<boolean> =>
      inflate(encoding, body).then(
        () => false,
        () => true,
      );
    expect(await refused(compressed.subarray(0, compressed.length / 2))).toBe(true);
    expect(await refused(Buffer.from("not compressed at all"))).toBe(true);
    let state = 7;
    for (let round = 0; round < 400; round++) {
      const broken = Buffer.from(compressed);
      for (let changes = 0; changes < 3; changes++) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
        broken[(state >>> 8) % Math.min(broken.length, 200)] = state & 0xff;
      }
      const result = await inflate(encoding, broken, 20_000).catch((error: Error) => error);
      if (!(result instanceof Error)) expect(result.length).toBeLessThanOrEqual(20_000);
    }
  });
});

describe("zstd", () => {
  // `echo hello world | zstd -19`: no size in the header, and a checksum.
  const STREAMED = Buffer.from("KLUv/QRoYQAAaGVsbG8gd29ybGQKjG19IA==", "base64");

  test("a frame of a stream has no size; frames follow one another; others are skipped", async () => {
    const skipped = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const two = Buffer.concat([STREAMED, skipped, STREAMED]);
    expect(zstdFrames(two).map(({ contentBytes }) => contentBytes)).toEqual([undefined, undefined]);
    expect((await inflate("zstd", two)).toString()).toBe("hello world\nhello world\n");
  });

  test("a window that no sender needs is refused before memory is asked for", () => {
    const greedy = Buffer.from(STREAMED);
    greedy[5] = (31 - 10) << 3;
    expect(() => zstdFrames(greedy)).toThrow(/window of 2147483648 bytes/);
    expect([1, 131_072, 131_073, 1 << 23].map(windowDescriptor)).toEqual([56, 56, 64, 104]);
  });
});

test("snappy under its old name was framed", async () => {
  const framed = (await compressor("x-snappy-framed", -1)?.([sample(200_000)])) as Uint8Array;
  expect(await inflate("snappy", framed)).toHaveLength(200_000);
  const changed = Buffer.from(framed);
  changed[changed.length - 1] = (changed.at(-1) as number) ^ 1;
  await expect(inflate("snappy", changed)).rejects.toThrow();
});

test("crc32c of the standard's check value", () => {
  expect(crc32c(Buffer.from("123456789"))).toBe(0xe306_9283);
});

test("pieces are compressed as one body", async () => {
  const body = sample(50_000);
  const pieces = [body.subarray(0, 1), body.subarray(1, 30_000), body.subarray(30_000)];
  for (const encoding of ["gzip", "deflate", "zstd", "snappy"] as const) {
    const compressed = await compressor(encoding, 1)?.(pieces);
    expect(Buffer.compare(await inflate(encoding, compressed as Uint8Array), body)).toBe(0);
  }
});

test("no compression is no compressor", () => {
  expect([compressor("none", -1), compressor("", -1)]).toEqual([undefined, undefined]);
});
