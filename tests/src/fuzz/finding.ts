/** A broken promise, with the smallest input that shows it. */
export interface Finding {
  /** Equal for the same fault met through another input. */
  readonly key: string;
  readonly message: string;
  readonly index: number;
  readonly input: Buffer;
}

/** Numbers and what is quoted differ from input to input; where the error comes from does not. */
export function keyOf(error: unknown): string {
  const { name, message, stack = "" } = error instanceof Error ? error : new Error(String(error));
  const words = message
    .replaceAll(/"(?:[^"\\]|\\.)*"?/g, '"…"')
    .replaceAll(/\d+/g, "#")
    .slice(0, 100);
  // A stack that is full has no telling innermost frame.
  const frame = name === "RangeError" ? "" : (/^ +at .*?([^/\s(]+\.js):\d+:\d+/m.exec(stack)?.[1] ?? "");
  return `${name}: ${words} (${frame})`;
}

/** Enough to find most small inputs, and no more than some seconds. */
const MAX_RUNS = 3000;
const MAX_MS = 5000;

/** The input made smaller by leaving out pieces, halving their size, as long as it still fails with the same key. */
export async function shrink(
  input: Buffer,
  key: string,
  run: (input: Buffer) => boolean | Promise<boolean>,
): Promise<Buffer> {
  const began = performance.now();
  let runs = 0;
  const fails = async (candidate: Buffer): Promise<boolean> => {
    runs++;
    try {
      await run(candidate);
      return false;
    } catch (error) {
      return keyOf(error) === key;
    }
  };
  let smallest = input;
  for (let size = Math.ceil(input.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < smallest.length; ) {
      if (runs >= MAX_RUNS || performance.now() - began > MAX_MS) return smallest;
      const candidate = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + size)]);
      if (await fails(candidate)) smallest = candidate;
      else at += size;
    }
  }
  return smallest;
}
