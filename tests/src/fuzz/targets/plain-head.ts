import { readPlainHead } from "../../../../collector/dist/net/http1/plain-head.js";
import { HTTP_GRAMMAR, mutateText } from "../mutate-text.js";
import { mutated } from "../mutated.js";
import { httpSeeds } from "../seeds.js";
import { must, type RunningTarget } from "../target.js";

/** Heads of requests: what is read of one does not depend on how much of the stream has arrived, or where it lies. */
export async function start(): Promise<RunningTarget> {
  return { make: makeHttp, run };
}

export const makeHttp: RunningTarget["make"] = (random) =>
  mutated(httpSeeds, random, (bytes, source, others) => mutateText(bytes, source, others, HTTP_GRAMMAR, "latin1"));

function run(input: Buffer): boolean {
  const whole = readPlainHead(input, 0, input.length);
  const shifted = Buffer.concat([Buffer.from("POST"), input]);
  const moved = readPlainHead(shifted, 4, shifted.length);
  const cut = (input.length * 7 + (input[input.length >> 1] ?? 0)) % (input.length + 1);
  const part = readPlainHead(input, 0, cut);
  if (typeof whole === "string") {
    must(moved === whole, `${whole}, but elsewhere in memory ${JSON.stringify(moved)}`);
    must(typeof part === "string", `${whole} as a whole, but ${cut} bytes of it are a head`);
    if (whole === "incomplete") must(part === "incomplete", `incomplete, but ${cut} bytes of it are ${String(part)}`);
    return false;
  }
  must(JSON.stringify(moved) === JSON.stringify({ ...whole, end: whole.end + 4 }), "another head elsewhere in memory");
  if (cut < whole.end) must(part === "incomplete", `a head, but its first ${cut} bytes are ${JSON.stringify(part)}`);
  else must(JSON.stringify(part) === JSON.stringify(whole), `another head when ${cut} bytes have arrived`);
  must(whole.end <= input.length && whole.contentLength >= 0, "a head beyond the bytes");
  must(input.toString("latin1", whole.end - 4, whole.end) === "\r\n\r\n", "a head without its end");
  return true;
}
