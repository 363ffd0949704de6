import type { Batch } from "@venturi/otlp";
import { describe, expect, test } from "vitest";
import { Lane } from "../ledger.js";
import { eventually } from "../testing/collector.test.fixture.js";
import { metricValue, testHost } from "../testing/host.test.fixture.js";
import { someSpans } from "../testing/telemetry.test.fixture.js";
import { Backoff } from "./backoff.js";
import { DELIVERED, type Push } from "./delivery.js";
import { ExportError } from "./export-error.js";
import { queueSchema, retrySchema } from "./queue-config.js";
import { SendingQueue } from "./sending-queue.js";

const retryable = (retryAfterMs?: number) => new ExportError("busy", { retryable: true, retryAfterMs });
const permanent = () => new ExportError("no", { retryable: false });

function build(push: Push, queue: object = {}, retry: object = {}, timeoutMs = 0) {
  const host = testHost("exporter", "e");
  const lane = new Lane();
  const sending = new SendingQueue({
    signal: "traces",
    queue: queueSchema.parse(queue),
    retry: retrySchema.parse({ initial_interval: "1ms", max_interval: "2ms", ...retry }),
    timeoutMs,
    push,
    labels: {},
    host,
  });
  /** As the graph does: what is offered has entered unless it is refused. */
  const offer = async (batch: Batch) => {
    lane.entered += batch.itemCount;
    const outcome = await sending.offer(batch, lane);
    if (outcome !== undefined) lane.entered -= batch.itemCount;
    return outcome;
  };
  return { host, lane, sending, offer };
}

/** A push that waits until it is told to go on. */
function gate(): { push: Push; open: () => void; pushed: Batch[] } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const pushed: Batch[] = [];
  const push: Push = async (batch) => {
    pushed.push(batch);
    await opened;
    return DELIVERED;
  };
  return { push, open: () => open(), pushed };
}

test("retryable failures are tried again until they succeed", async () => {
  let attempts = 0;
  const { lane, sending, offer, host } = build(async () => {
    if (++attempts < 4) throw retryable();
    return DELIVERED;
  });
  await offer(someSpans(3));
  host.startDrain(5000);
  await sending.shutdown();
  expect([attempts, lane.sent, lane.inside]).toEqual([4, 3, 0]);
  expect(metricValue(host.metrics, "otelcol_exporter_sent_spans", { exporter: "e" })).toBe(3);
});

test("permanent failures are dropped at once, and counted", async () => {
  let attempts = 0;
  const { lane, sending, offer, host } = build(async () => {
    attempts++;
    throw permanent();
  });
  await offer(someSpans(2));
  host.startDrain(5000);
  await sending.shutdown();
  expect([attempts, Object.fromEntries(lane.dropped), lane.inside]).toEqual([1, { permanent_error: 2 }, 0]);
  expect(metricValue(host.metrics, "otelcol_exporter_send_failed_spans", { exporter: "e" })).toBe(2);
});

test("a bug in an exporter loses its batch, loudly, and nothing else", async () => {
  const { lane, sending, offer, host } = build(async (batch) => {
    if (batch.itemCount === 1) throw new TypeError("x is undefined");
    return DELIVERED;
  });
  await offer(someSpans(1));
  await offer(someSpans(2));
  host.startDrain(5000);
  await sending.shutdown();
  expect([lane.sent, Object.fromEntries(lane.dropped)]).toEqual([2, { permanent_error: 1 }]);
  expect(host.lines.join()).toContain("BUG: TypeError: x is undefined");
});

test("max_elapsed_time and a disabled retry end it", async () => {
  const fail: Push = async () => {
    throw retryable();
  };
  const late = build(fail, {}, { max_elapsed_time: "5ms" });
  await late.offer(someSpans(1));
  const never = build(fail, {}, { enabled: false });
  await never.offer(someSpans(1));
  for (const { host, sending } of [late, never]) {
    host.startDrain(5000);
    await sending.shutdown();
  }
  expect([Object.fromEntries(late.lane.dropped), Object.fromEntries(never.lane.dropped)]).toEqual([
    { retries_exhausted: 1 },
    { export_failed: 1 },
  ]);
});

test("partial success counts what was rejected", async () => {
  const { lane, sending, offer, host } = build(async () => ({ rejected: 2, message: "too old" }));
  await offer(someSpans(5));
  host.startDrain(5000);
  await sending.shutdown();
  expect([lane.sent, Object.fromEntries(lane.dropped)]).toEqual([3, { rejected_by_destination: 2 }]);
});

test.each([
  ["requests", { queue_size: 2 }, [1, 1, 1]],
  ["items", { sizer: "items", queue_size: 5 }, [2, 3, 1]],
  ["bytes", { max_queue_bytes: someSpans(3).byteLength }, [2, 1, 1]],
])("the queue is bounded in %s, with what is being sent", async (_name, queue, sizes) => {
  const { push, open } = gate();
  const { lane, sending, offer, host } = build(push, { num_consumers: 1, ...queue });
  const outcomes = [];
  for (const size of sizes) outcomes.push((await offer(someSpans(size)))?.reason);
  expect(outcomes).toEqual([undefined, undefined, "queue_full"]);
  expect(metricValue(host.metrics, "otelcol_exporter_enqueue_failed_spans", { exporter: "e" })).toBe(1);
  expect(lane.inside).toBe((sizes[0] as number) + (sizes[1] as number));
  open();
  host.startDrain(5000);
  await sending.shutdown();
  expect([lane.inside, lane.droppedTotal]).toEqual([0, 0]);
});

test("block_on_overflow waits for a place", async () => {
  const { push, open, pushed } = gate();
  const { lane, sending, offer, host } = build(push, { num_consumers: 1, queue_size: 1, block_on_overflow: true });
  await offer(someSpans(1));
  let settled = false;
  const second = offer(someSpans(1)).then((outcome) => {
    settled = true;
    return outcome;
  });
  await Promise.resolve();
  expect([settled, pushed.length]).toEqual([false, 1]);
  open();
  expect(await second).toBeUndefined();
  host.startDrain(5000);
  await sending.shutdown();
  expect(lane.sent).toBe(2);
});

test("without a queue, and with wait_for_result, the sender hears of a failure", async () => {
  for (const queue of [{ enabled: false }, { wait_for_result: true }]) {
    const { lane, offer } = build(async () => {
      throw permanent();
    }, queue);
    expect(await offer(someSpans(1))).toEqual({ reason: "export_failed", message: "no", retryable: false });
    expect([lane.entered, lane.sent, lane.droppedTotal]).toEqual([0, 0, 0]);
  }
});

test("consumers send side by side, no more than num_consumers", async () => {
  const { push, open, pushed } = gate();
  const { sending, offer, host } = build(push, { num_consumers: 3 });
  for (let index = 0; index < 5; index++) await offer(someSpans(1));
  expect(pushed.length).toBe(3);
  open();
  host.startDrain(5000);
  await sending.shutdown();
  expect(pushed.length).toBe(5);
});

test("a drain does not wait for a backoff, and at its deadline drops the rest by name", async () => {
  let alive = false;
  const { lane, sending, offer, host } = build(
    async () => {
      if (!alive) throw retryable(60_000);
      return DELIVERED;
    },
    {},
    { initial_interval: "1m", max_interval: "1m" },
  );
  await offer(someSpans(4));
  await new Promise((resolve) => setImmediate(resolve));
  alive = true;
  host.startDrain(5000);
  await sending.shutdown();
  expect(lane.sent).toBe(4);

  const dead = build(
    (_batch, abort) => new Promise((_resolve, reject) => abort.addEventListener("abort", () => reject(retryable()))),
    { num_consumers: 1 },
  );
  await dead.offer(someSpans(1));
  await dead.offer(someSpans(2));
  dead.host.startDrain(20);
  await dead.sending.shutdown();
  expect([Object.fromEntries(dead.lane.dropped), dead.lane.inside]).toEqual([{ shutdown: 3 }, 0]);
  expect((await dead.offer(someSpans(1)))?.reason).toBe("shutdown");
});

test("an attempt that takes too long is aborted and counts as a failure", async () => {
  let attempts = 0;
  const { lane, sending, offer, host } = build(
    (_batch, abort) => {
      if (++attempts > 1) return Promise.resolve(DELIVERED);
      return new Promise((_resolve, reject) => abort.addEventListener("abort", () => reject(retryable())));
    },
    {},
    {},
    10,
  );
  await offer(someSpans(1));
  host.startDrain(5000);
  await sending.shutdown();
  expect([attempts, lane.sent]).toEqual([2, 1]);
});

test("waits grow, are jittered, and never undercut Retry-After", () => {
  const config = retrySchema.parse({ initial_interval: "1s", max_interval: "3s", max_elapsed_time: "10s" });
  const middle = new Backoff(config, 0, () => 0.5);
  expect([
    middle.nextMs(0, undefined),
    middle.nextMs(0, undefined),
    middle.nextMs(0, undefined),
    middle.nextMs(0, undefined),
  ]).toEqual([1000, 1500, 2250, 3000]);
  expect(new Backoff(config, 0, () => 0).nextMs(0, undefined)).toBe(500);
  expect(new Backoff(config, 0, () => 0).nextMs(0, 2000)).toBe(2000);
  expect(new Backoff(config, 0, () => 0.5).nextMs(9500, undefined)).toBeUndefined();
  expect(new Backoff({ ...config, max_elapsed_time: 0 }, 0, () => 0.5).nextMs(1e9, undefined)).toBe(1000);
});

describe("batch", () => {
  const config = (queue: object, batch: object | null) => queueSchema.parse({ ...queue, batch });

  test("its sizer is the queue's, unless the block is empty or says another; requests cannot be joined", () => {
    expect(config({}, {}).batch?.sizer).toBe("items");
    expect(config({ sizer: "bytes" }, { min_size: 1 }).batch?.sizer).toBe("bytes");
    expect(config({ sizer: "bytes" }, null).batch?.sizer).toBe("items");
    expect(config({}, { enabled: false }).batch).toBeUndefined();
    const problems = (queue: object) => queueSchema.safeParse(queue).error?.issues.map(({ message }) => message);
    expect(problems({ sizer: "requests", batch: { min_size: 1 } })).toEqual(["batch supports only items or bytes"]);
    expect(problems({ sizer: "items", batch: {} })).toEqual(["(8192) must be less than or equal to queue_size"]);
    expect(problems({ batch: { min_size: 5, max_size: 4 } })).toEqual(["(4) must be greater or equal to min_size (5)"]);
    expect(problems({ batch: { flush_timeout: "0s" } })).toEqual(["must be positive"]);
    expect(problems({ storage: "file_storage", wait_for_result: true })).toEqual([
      "is not supported with a persistent queue (storage)",
    ]);
  });

  test("requests are joined to min_size and cut at max_size; what is left waits for flush_timeout", async () => {
    const { push, pushed, open } = gate();
    open();
    const { sending, offer, host, lane } = build(push, { batch: { min_size: 10, max_size: 12, flush_timeout: "5ms" } });
    for (const size of [4, 4, 30, 3]) await offer(someSpans(size));
    await eventually(() => (lane.sent === 41 ? true : undefined));
    expect(pushed.map(({ itemCount }) => itemCount)).toEqual([12, 12, 12, 5]);
    host.startDrain(1000);
    await sending.shutdown();
  });

  test("in bytes, no request is larger than max_size unless a single item is", async () => {
    const { push, pushed, open } = gate();
    open();
    const one = someSpans(1).byteLength;
    const batch = { sizer: "bytes", min_size: 1, max_size: one * 5 };
    const { sending, offer, host, lane } = build(push, { batch });
    await offer(someSpans(40));
    await offer(someSpans(1, "x".repeat(one * 6)));
    host.startDrain(1000);
    await sending.shutdown();
    expect(lane.sent).toBe(41);
    for (const { byteLength, itemCount } of pushed) if (itemCount > 1) expect(byteLength).toBeLessThanOrEqual(one * 5);
  });

  test("a failure of a part is booked for those whose items were in it", async () => {
    let requests = 0;
    const push: Push = async () => {
      if (++requests === 2) throw permanent();
      return { rejected: 1, message: "no" };
    };
    const { sending, offer, host, lane } = build(push, { num_consumers: 1, batch: { min_size: 4, max_size: 4 } });
    for (const size of [3, 6, 3]) await offer(someSpans(size));
    host.startDrain(1000);
    await sending.shutdown();
    expect([lane.sent, Object.fromEntries(lane.dropped), lane.inside]).toEqual([
      6,
      { rejected_by_destination: 2, permanent_error: 4 },
      0,
    ]);
  });

  test("who waits for the result of a request that was cut hears of the part that failed", async () => {
    let requests = 0;
    const push: Push = async () => {
      if (++requests === 2) throw permanent();
      return DELIVERED;
    };
    const queue = { wait_for_result: true, batch: { min_size: 1, max_size: 2 } };
    const { offer, lane } = build(push, queue);
    expect(await offer(someSpans(6))).toMatchObject({ reason: "export_failed" });
    expect([lane.entered, lane.sent, lane.inside]).toEqual([0, 0, 0]);
    expect(await offer(someSpans(1))).toBeUndefined();
  });
});

test("a batch that can never fit is refused for good, also by a queue that blocks", async () => {
  const { offer } = build(async () => DELIVERED, { sizer: "items", queue_size: 3, block_on_overflow: true });
  expect(await offer(someSpans(4))).toMatchObject({ reason: "queue_full", retryable: false });
});

test("what is not delivered goes to the heir, what is under way when it has failed, and nothing is lost", async () => {
  const { push, pushed, open } = gate();
  const old = build(
    async (batch, abort) => {
      await push(batch, abort);
      throw retryable();
    },
    { num_consumers: 1, queue_size: 3, block_on_overflow: true },
  );
  for (const size of [1, 2, 3]) await old.offer(someSpans(size));
  const blocked = old.offer(someSpans(4));
  const received: number[] = [];
  const heir = build(async (batch) => {
    received.push(batch.itemCount);
    return DELIVERED;
  });
  const ended = old.sending.bequeath(heir.sending);
  expect(await blocked).toBeUndefined();
  expect([pushed.length, received]).toEqual([1, [4, 2, 3]]);
  open();
  await ended;
  await old.offer(someSpans(5));
  await eventually(() => (old.lane.inside === 0 ? true : undefined));
  expect(received).toEqual([4, 2, 3, 1, 5]);
  expect([old.lane.entered, old.lane.sent]).toEqual([15, 15]);
});
