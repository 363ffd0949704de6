import { expect, test } from "vitest";
import { QueryTurns } from "./query-turns.js";

const never = new AbortController().signal;

/** Work that ends when told to. */
function work(): { promise: Promise<string>; end: () => void } {
  let end!: () => void;
  const promise = new Promise<string>((resolve) => {
    end = () => resolve("done");
  });
  return { promise, end };
}

test("so many run at once, and the rest in order", async () => {
  const turns = new QueryTurns(2);
  const started: number[] = [];
  const works = [work(), work(), work(), work()];
  const results = works.map(({ promise }, index) =>
    turns.run(never, () => {
      started.push(index);
      return promise;
    }),
  );
  expect(started).toEqual([0, 1]);
  works[1]?.end();
  await results[1];
  expect(started).toEqual([0, 1, 2]);
  for (const { end } of works) end();
  expect(await Promise.all(results)).toEqual(["done", "done", "done", "done"]);
  expect(started).toEqual([0, 1, 2, 3]);
});

test("who goes away while waiting never runs, and a failure makes room", async () => {
  const turns = new QueryTurns(1);
  const first = work();
  const running = turns.run(never, async () => {
    await first.promise;
    throw new Error("failed");
  });
  const client = new AbortController();
  let hasRun = false;
  const waiting = turns.run(client.signal, async () => {
    hasRun = true;
  });
  const last = turns.run(never, async () => "last");
  client.abort(new Error("gone"));
  await expect(waiting).rejects.toThrow("gone");
  await expect(turns.run(client.signal, async () => "late")).rejects.toThrow("gone");
  first.end();
  await expect(running).rejects.toThrow("failed");
  expect(await last).toBe("last");
  expect(hasRun).toBe(false);
});
