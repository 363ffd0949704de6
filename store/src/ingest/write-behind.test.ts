import { expect, test } from "vitest";
import { Database } from "../database/database.js";
import { createTableSql, logTable } from "../database/schema.js";
import { WriteBehind } from "./write-behind.js";

const row = [1n, null, null, "gateway", 9, "INFO", "hello", "{}", 1, "scope"] as const;

async function countLogs(database: Database): Promise<number> {
  const [answer] = await database.read("SELECT count(*)::INTEGER AS count FROM logs");
  return Number(answer?.count);
}

test("rows that the disk refuses are kept and written with the next flush", async () => {
  const database = await Database.open({ path: ":memory:" });
  const lines: string[] = [];
  const settings = { flushIntervalMs: 60_000, maxPendingBytes: 1000, log: (line: string) => lines.push(line) };
  const writes = new WriteBehind(database, 1n, settings);
  try {
    await database.transaction({ statements: [["DROP TABLE logs", []]] });
    writes.pending.logs.push(row);
    await expect(writes.flush()).rejects.toThrow(/^cannot write to the store: /);
    expect(lines).toHaveLength(1);

    // While the disk refuses, so do we: nothing is promised that cannot be kept.
    await expect(writes.admit()).rejects.toThrow(/^cannot write to the store: /);
    expect(lines).toHaveLength(1);

    await database.transaction({ statements: [[createTableSql(logTable), []]] });
    await writes.flush();
    expect(lines.at(-1)).toBe("store: the disk takes writes again");
    expect(await countLogs(database)).toBe(1);
    await writes.admit();
  } finally {
    writes.stop();
    await database.close();
  }
});

test("callers of flush share runs, and each finds its own rows written", async () => {
  const database = await Database.open({ path: ":memory:" });
  const writes = new WriteBehind(database, 1n, { flushIntervalMs: 1, maxPendingBytes: 1e9, log: () => undefined });
  try {
    let pushed = 0;
    const flushes: Promise<void>[] = [];
    for (let round = 0; round < 200; round++) {
      writes.pending.logs.push(row);
      const expected = ++pushed;
      const check = async (): Promise<void> => {
        await writes.flush();
        if (round % 20 === 0) expect(await countLogs(database)).toBeGreaterThanOrEqual(expected);
      };
      flushes.push(check());
      if (round % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(flushes);
    expect(await countLogs(database)).toBe(200);
  } finally {
    writes.stop();
    await database.close();
  }
});
