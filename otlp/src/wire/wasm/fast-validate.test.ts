import { readFile } from "node:fs/promises";
import { AggregationTemporality } from "@opentelemetry/sdk-metrics";
import { describe, expect, it } from "vitest";
import wabt from "wabt";
import { REQUESTS } from "../../schema/requests.js";
import { officialLogs, officialMetrics, officialTraces } from "../../testing/official.test.fixture.js";
import { seededRandom } from "../../testing/random.test.fixture.js";
import { validateMessage } from "../validate.js";
import { FastValidator } from "./fast-validate.js";

const fast = FastValidator.shared() as FastValidator;

it("is assembled from validate.wat", async () => {
  const text = await readFile(new URL("./validate.wat", import.meta.url), "utf8");
  const module = (await wabt()).parseWat("validate.wat", text, { simd: true });
  module.resolveNames();
  module.validate();
  const base64 = Buffer.from(module.toBinary({}).buffer).toString("base64");
  const lines = base64.replace(/.{1,116}/g, '  "$&" +\n').slice(0, -3);
  const source = `/** validate.wat, assembled. Its test writes this file anew: \`npx vitest run otlp -u\`. */\nexport const validateBytes: string =\n${lines};\n`;
  await expect(source).toMatchFileSnapshot("./validate-bytes.ts");
});

function slow(signal: keyof typeof REQUESTS, bytes: Uint8Array): number | undefined {
  try {
    return validateMessage(REQUESTS[signal], bytes, 0, bytes.length);
  } catch {
    return undefined;
  }
}

describe("agrees with validateMessage", () => {
  const requests = [
    ["traces", officialTraces(7).protobuf],
    ["metrics", officialMetrics(AggregationTemporality.CUMULATIVE).then((request) => request.protobuf)],
    ["logs", officialLogs().protobuf],
  ] as const;
  for (const [signal, encoded] of requests) {
    it(`on ${signal} of the official encoder, whole and broken`, async () => {
      const request = await encoded;
      expect(fast.validate(REQUESTS[signal], request)).toBe(slow(signal, request));
      const random = seededRandom(11);
      let accepted = 0;
      for (let round = 0; round < 20_000; round++) {
        const bytes = request.slice();
        const changes = 1 + Math.floor(random() * 3);
        for (let change = 0; change < changes; change++) {
          bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
        }
        const cut = random() < 0.1 ? bytes.subarray(0, Math.floor(random() * bytes.length)) : bytes;
        const expected = slow(signal, cut);
        if (expected !== undefined) accepted++;
        if (fast.validate(REQUESTS[signal], cut) !== expected) {
          expect.fail(`differs on ${Buffer.from(cut).toString("hex")}`);
        }
      }
      expect(accepted).toBeGreaterThan(100);
      expect(accepted).toBeLessThan(19_900);
    });
  }

  it("on nesting as deep as is allowed, and one deeper", () => {
    for (const depth of [40, 44, 45, 46, 47, 48, 49, 50]) {
      const bytes = nestedValue(depth);
      expect(fast.validate(REQUESTS.traces, bytes)).toBe(slow("traces", bytes));
    }
  });
});

/** A resource attribute whose value is a list in a list, `depth` times. */
function nestedValue(depth: number): Uint8Array {
  let value: Uint8Array = Buffer.from([0x0a, 1, 0x61]);
  const wrap = (field: number, bytes: Uint8Array): Uint8Array => {
    const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 0x7f) | 0x80, bytes.length >> 7];
    return Buffer.concat([Buffer.from([(field << 3) | 2, ...length]), bytes]);
  };
  for (let level = 0; level < depth; level++) value = wrap(5, wrap(1, value));
  return wrap(1, wrap(1, wrap(1, Buffer.concat([wrap(1, Buffer.from("k")), wrap(2, value)]))));
}

it("leaves very large bytes to the other way", () => {
  const bytes = new Uint8Array(5 * 1024 * 1024);
  expect(fast.validate(REQUESTS.logs, bytes)).toBeUndefined();
});
