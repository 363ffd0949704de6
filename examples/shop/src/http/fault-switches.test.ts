import { expect, test } from "vitest";
import { faultNames, faults, serviceNames } from "../faults.js";
import { FaultSwitches } from "./fault-switches.js";

test("every fault belongs to exactly one service and has a usable default", () => {
  const listed = serviceNames.flatMap((service) => new FaultSwitches(service).list().map(({ fault }) => fault));
  expect(listed.toSorted()).toEqual([...faultNames].toSorted());
  for (const { intensity } of Object.values(faults)) {
    expect(intensity.default).toBeGreaterThanOrEqual(intensity.min);
    expect(intensity.default).toBeLessThanOrEqual(intensity.max);
  }
});

test("a fault is off, then on with its default or the given intensity, then off", async () => {
  const switches = new FaultSwitches("orders");
  expect(switches.intensity("cpu-block")).toBeNull();
  await switches.switch({ fault: "cpu-block", enabled: true });
  expect(switches.intensity("cpu-block")).toBe(faults["cpu-block"].intensity.default);
  await switches.switch({ fault: "cpu-block", enabled: true, intensity: 5 });
  expect(switches.intensity("cpu-block")).toBe(5);
  await switches.switch({ fault: "cpu-block", enabled: false });
  expect(switches.isOn("cpu-block")).toBe(false);
});

test("switches take effect one after the other, and a failed one does not stay on", async () => {
  const order: string[] = [];
  const switches = new FaultSwitches("orders", {
    "db-pool": async (enabled) => {
      order.push(`start ${enabled}`);
      await Promise.resolve();
      order.push(`end ${enabled}`);
    },
    "cpu-block": () => {
      throw new Error("no");
    },
  });
  await Promise.all([true, false].map((enabled) => switches.switch({ fault: "db-pool", enabled })));
  expect(order).toEqual(["start true", "end true", "start false", "end false"]);
  await expect(switches.switch({ fault: "cpu-block", enabled: true })).rejects.toThrow("no");
  expect(switches.isOn("cpu-block")).toBe(false);
});

test("a fault that has a fix can be on and fixed, and is not fixed once it is switched again", async () => {
  const applied: boolean[] = [];
  const switches = new FaultSwitches("orders", { "db-pool": (_on, _ms, fixed) => void applied.push(fixed) });
  expect(await switches.switch({ fault: "db-pool", enabled: true, fixed: true })).toMatchObject({ fixed: true });
  expect(switches.isFixed("db-pool")).toBe(true);
  await switches.switch({ fault: "db-pool", enabled: true });
  expect(switches.isFixed("db-pool")).toBe(false);
  expect(applied).toEqual([true, false]);
});

const rejected: [body: unknown, status: number, message: RegExp][] = [
  [undefined, 400, /send JSON/],
  [{ fault: "nonsense", enabled: true }, 400, /unknown fault "nonsense": one of db-pool, .*lock-contention/],
  [{ fault: "errors", enabled: true }, 404, /switched at payments, not at orders/],
  [{ fault: "db-pool", enabled: "yes" }, 400, /true or false/],
  [{ fault: "db-pool", enabled: false, fixed: true }, 400, /is fixed by taking it away/],
  [{ fault: "lock-contention", enabled: true, fixed: true }, 400, /is fixed by taking it away/],
  [{ fault: "db-pool", enabled: true, intensity: -1 }, 400, /from 0 to 5000/],
  [{ fault: "db-pool", enabled: true, intensity: "9" }, 400, /must be a number/],
];
test.each(rejected)("%j is refused with %i", async (body, status, message) => {
  await expect(new FaultSwitches("orders").switch(body)).rejects.toMatchObject({
    status,
    message: expect.stringMatching(message),
  });
});
