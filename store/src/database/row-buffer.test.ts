import { expect, test } from "vitest";
import { Database } from "./database.js";
import { RowBuffer } from "./row-buffer.js";
import { logTable } from "./schema.js";

/** Texts around the length that DuckDB keeps inline, with bytes of every kind. */
const texts = [
  "",
  "a",
  "eleven byte",
  "twelve bytes",
  "thirteen byte",
  "ü",
  "ein längerer Text über Straßen",
  "x".repeat(5000),
];

function bodyOf(row: number): string | null {
  return row % 7 === 3 ? null : `${texts[row % texts.length]}${row % 5 === 0 ? row : ""}`;
}

async function bodies(database: Database): Promise<unknown[]> {
  const rows = await database.read("SELECT time_ns, body, severity_number FROM logs ORDER BY time_ns");
  return rows.map((row) => [row.time_ns, row.body, row.severity_number]);
}

test("keeps every cell over many chunks, and again when the memory is reused", async () => {
  const database = await Database.open({ path: ":memory:" });
  for (let round = 0; round < 3; round++) {
    const buffer = new RowBuffer(logTable);
    const expected: unknown[] = [];
    for (let row = 0; row < 5000; row++) {
      // Null cells move by round, so that a reused validity mask would show.
      const body = bodyOf(row + round);
      const timeNs = BigInt(row) * -12_345_678_901n;
      buffer.push([timeNs, null, "s", "gateway", row, "INFO", body, "{}", 1, new Uint8Array(0)]);
      expected.push([timeNs, body, row]);
    }
    expect(buffer.rowCount).toBe(5000);
    expect(buffer.textLength).toBeGreaterThan(1e6);
    await database.transaction({ statements: [["DELETE FROM logs", []]], append: [] });
    await database.transaction({ append: [[logTable, buffer]] });
    buffer.release();
    expect(await bodies(database)).toEqual(expected.reverse());
  }
  await database.close();
});

test("a buffer can be appended again after a transaction that failed", async () => {
  const database = await Database.open({ path: ":memory:" });
  const buffer = new RowBuffer(logTable);
  for (let row = 0; row < 3000; row++)
    buffer.push([BigInt(row), null, null, "s", 0, null, bodyOf(row), "{}", 1, "scope"]);
  const failing = database.transaction({ append: [[logTable, buffer]], statements: [["SELECT no_such_column", []]] });
  await expect(failing).rejects.toThrow(/no_such_column/);
  await database.transaction({ append: [[logTable, buffer]] });
  const expected = Array.from({ length: 3000 }, (_, row) => [BigInt(row), bodyOf(row), 0]);
  expect(await bodies(database)).toEqual(expected);
  await database.close();
});
