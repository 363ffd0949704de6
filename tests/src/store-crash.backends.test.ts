import { join } from "node:path";
import { expect, test } from "vitest";
import { type Child, startChild } from "./support/child.js";
import { cleanup } from "./support/cleanup.js";
import { root } from "./support/venturi.js";

// The worker thread runs compiled code, so these are the builds, not the sources.
const { openStore, openStoreFile, defaultSqlLimits } = (await import(
  join(root, "store/dist/index.js")
)) as typeof import("../../store/dist/index.js");

const { defer, temporaryFolder } = cleanup();

/** `VENTURI_CRASH_ROUNDS=50` is what a release is held to. */
const rounds = Number(process.env.VENTURI_CRASH_ROUNDS ?? "6");

/** What the store promises: accepted telemetry is on disk this long after, on a machine that is not overloaded. */
const intervalMs = 1000;

const writer = join(root, "tests/dist/support/crash-writer.js");

interface Said {
  readonly sent: number;
  readonly acked: readonly { readonly batch: number; readonly ms: number }[];
  readonly flushed: number;
}

function whatWasSaid(child: Child): Said {
  const numbers = (pattern: RegExp): number[][] =>
    Array.from(child.output().matchAll(pattern), (match) => match.slice(1).map(Number));
  return {
    sent: numbers(/^sent (\d+)$/gm).at(-1)?.[0] ?? 0,
    acked: numbers(/^acked (\d+) (\d+)$/gm).map(([batch = 0, ms = 0]) => ({ batch, ms })),
    flushed: numbers(/^flushed (\d+)$/gm).at(-1)?.[0] ?? 0,
  };
}

async function writerOf(path: string, firstBatch: number): Promise<Child> {
  const child = startChild(process.execPath, [writer, path, String(firstBatch)]);
  defer(() => child.stop("SIGKILL"));
  await child.waitForOutput(/^acked /m);
  return child;
}

/** Batches on disk, by their spans and by their sample. */
async function batchesIn(
  path: string,
): Promise<{ spans: number; newestBySpans: number; newestBySample: number; samples: number }> {
  const file = await openStoreFile(path);
  expect((await file.verify()).problems).toEqual([]);
  const sql = "SELECT count(*)::DOUBLE, max(('0x' || right(trace_id, 12))::BIGINT)::DOUBLE FROM spans";
  const [[spans, newest] = []] = (await file.sql(sql, defaultSqlLimits)).rows;
  await file.close();

  const store = await openStore({ path, log: () => undefined });
  try {
    const { url } = await store.listen({ port: 0 });
    const ask = async (query: string): Promise<number> => {
      const answer = (await (await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`)).json()) as {
        data: { result: { value: [number, string] }[] };
      };
      return Number(answer.data.result[0]?.value[1]);
    };
    return {
      spans: Number(spans),
      newestBySpans: Number(newest),
      newestBySample: await ask("max_over_time(crash_batch[1h])"),
      samples: await ask("count_over_time(crash_batch[1h])"),
    };
  } finally {
    await store.close();
  }
}

test(
  `kill -9 under ingest, ${rounds} times: the file opens, is sound, and holds what was acknowledged`,
  async () => {
    const path = join(await temporaryFolder(), "store.duckdb");
    let first = 1;
    let spans = 0;
    let samples = 0;
    for (let round = 0; round < rounds; round++) {
      const child = await writerOf(path, first);
      // Kills fall before, within and between commits: the pause varies from round to round.
      await new Promise((resolve) => setTimeout(resolve, 300 + ((round * 387) % 1200)));
      await child.stop("SIGKILL");
      const killedMs = Date.now();
      const said = whatWasSaid(child);
      const promised = said.acked.filter(({ ms }) => ms < killedMs - intervalMs).at(-1)?.batch ?? 0;

      const kept = await batchesIn(path);
      expect(kept.newestBySpans).toBeGreaterThanOrEqual(Math.max(said.flushed, promised, first - 1));
      expect(kept.newestBySample).toBeGreaterThanOrEqual(Math.max(said.flushed, promised, first - 1));
      expect(kept.newestBySpans).toBeLessThanOrEqual(said.sent);
      // Whole batches, and none before the last one missing.
      expect(kept.spans - spans).toBe((kept.newestBySpans - first + 1) * 100);
      expect(kept.samples - samples).toBe(kept.newestBySample - first + 1);
      // A batch that was cut off between its spans and its sample gets another number.
      first = Math.max(kept.newestBySpans, kept.newestBySample) + 1;
      spans = kept.spans;
      samples = kept.samples;
    }
  },
  15_000 * rounds,
);
