import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { type Batch, forEachMetric, type Metric } from "@venturi/otlp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestHost, testHost } from "../../testing/host.test.fixture.js";
import { hostMetricsReceiver } from "./host-metrics.js";
import { processScraper } from "./scrapers/process.js";

interface Seen {
  readonly metric: Metric;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: string;
}

/** Scrapes so many times and gives what the last scrape gave. */
async function scrape(config: object, times = 1): Promise<{ seen: Seen[]; host: TestHost }> {
  const host = testHost("receiver", "hostmetrics");
  const batches: Batch[] = [];
  let enough = (): void => {};
  const done = new Promise<void>((resolve) => {
    enough = resolve;
  });
  const next = {
    consume: (batch: Batch): undefined => {
      batches.push(batch);
      if (batches.length >= times) enough();
    },
  };
  const parsed = hostMetricsReceiver.schema.parse({ initial_delay: "0s", collection_interval: "50ms", ...config });
  const receiver = hostMetricsReceiver.create(parsed, { metrics: next }, host);
  await receiver.start();
  await done;
  await receiver.shutdown();
  const seen: Seen[] = [];
  forEachMetric(batches[times - 1] as Batch, (metric, scope, resource) => {
    seen.push({ metric, resource: resource.attributes.toObject(), scope: scope.name });
  });
  return { seen, host };
}

const pointOf = (seen: readonly Seen[], name: string, attributes: Record<string, string> = {}): unknown => {
  const found = seen.find(({ metric }) => metric.name === name);
  const points = found?.metric.type === "sum" || found?.metric.type === "gauge" ? found.metric.points : [];
  const value = points.find((point) =>
    Object.entries(attributes).every(([key, text]) => point.attributes[key] === text),
  )?.value;
  return typeof value === "bigint" ? Number(value) : value;
};
const namesOf = (seen: readonly Seen[]): string[] => [...new Set(seen.map(({ metric }) => metric.name))].sort();

const FILES: Readonly<Record<string, string>> = {
  "proc/stat": `cpu  1 1 1 1 1 1 1 1 0 0
cpu0 1000 20 300 4000 50 6 7 8 0 0
cpu1 2000 0 0 0 0 0 0 0 0 0
btime 1700000000
processes 4242
procs_running 3
procs_blocked 1
`,
  "proc/cpuinfo": `processor\t: 0
physical id\t: 0
core id\t\t: 0
cpu MHz\t\t: 2400.5

processor\t: 1
physical id\t: 0
core id\t\t: 0
cpu MHz\t\t: 1200
`,
  "proc/meminfo": `MemTotal:       1000 kB
MemFree:         100 kB
MemAvailable:    400 kB
Buffers:          50 kB
Cached:          200 kB
SReclaimable:     30 kB
SUnreclaim:       20 kB
Shmem:             5 kB
Dirty:             7 kB
HugePages_Total:      10
HugePages_Free:        4
HugePages_Rsvd:        1
HugePages_Surp:        2
Hugepagesize:       2048 kB
`,
  "proc/loadavg": "0.50 1.25 2.00 1/200 999\n",
  "proc/diskstats": `   8       0 sda 10 20 30 40 50 60 70 80 9 100 110 0 0 0 0
   7       0 loop0 1 0 1 0 0 0 0 0 0 0 0
`,
  "proc/net/dev": `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0
  eth0: 100 200 0 1 0 0 0 0 500 600 0 0 0 0 0 0
`,
  "proc/net/tcp": `  sl  local_address rem_address   st
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000
   1: 0100007F:1F90 0100007F:9999 01 00000000:00000000
`,
  "proc/net/tcp6": "  sl  local_address st\n   0: 0:1 0:2 0A 0\n",
  "proc/sys/net/netfilter/nf_conntrack_count": "12\n",
  "proc/sys/net/netfilter/nf_conntrack_max": "65536\n",
  "proc/swaps": "Filename Type Size Used Priority\n/dev/sda2 partition 1000 250 -2\n",
  "proc/vmstat": "pgpgin 10\npgpgout 20\npswpin 3\npswpout 4\npgfault 100\npgmajfault 5\n",
  "proc/filesystems": "nodev\tproc\nnodev\ttmpfs\n\text4\n",
  "proc/1/mountinfo": `1 0 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
2 1 0:5 / /proc rw - proc proc rw
3 1 8:2 / /with\\040blank ro - ext4 /dev/sda3 rw
`,
  "proc/1/stat":
    "1 (a) b) S 0 1 1 0 -1 0 11 0 12 0 500 250 0 0 20 0 3 0 6000 8192 2 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 100 0",
  "proc/1/status":
    "Name:\ta) b\nUid:\t42\t42\t42\t42\nSigQ:\t1/100\nvoluntary_ctxt_switches:\t7\nnonvoluntary_ctxt_switches:\t8\n",
  "proc/1/cmdline": "/bin/a\0--flag\0",
  "proc/1/io": "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\nwrite_bytes: 6\n",
  "proc/1/fd/0": "",
  "proc/1/fd/1": "",
  "proc/2/stat": "2 (zombie) Z 1 1 1",
  "etc/passwd": "root:x:0:0::/:/bin/sh\nann:x:42:42::/:/bin/sh\n",
  "with blank/x": "",
};

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "venturi-host-"));
  for (const [path, text] of Object.entries(FILES)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
});
afterAll(() => rm(root, { recursive: true }));

const on = (...names: string[]) => Object.fromEntries(names.map((name) => [name, { enabled: true }]));

// The files above stand for a machine, so these say the same everywhere that the scrapers run.
describe.runIf(process.platform === "linux")("a machine made of files", () => {
  test("cpu", async () => {
    const metrics = on("system.cpu.frequency", "system.cpu.logical.count", "system.cpu.physical.count");
    const { seen } = await scrape({ root_path: root, scrapers: { cpu: { metrics } } });
    const states = { user: 10, nice: 0.2, system: 3, idle: 40, wait: 0.5, interrupt: 0.06, softirq: 0.07, steal: 0.08 };
    for (const [state, seconds] of Object.entries(states)) {
      expect(pointOf(seen, "system.cpu.time", { cpu: "cpu0", state })).toBe(seconds);
    }
    expect(pointOf(seen, "system.cpu.frequency", { cpu: "cpu0" })).toBe(2_400_500_000);
    expect([pointOf(seen, "system.cpu.logical.count"), pointOf(seen, "system.cpu.physical.count")]).toEqual([2, 1]);
    const [first] = seen;
    expect(first?.scope).toMatch(/hostmetricsreceiver\/internal\/scraper\/cpuscraper$/);
    expect(first?.metric).toMatchObject({ type: "sum", unit: "s", monotonic: true, temporality: "cumulative" });
    expect(first?.metric.points[0]).toMatchObject({ startTimeUnixNano: 1_700_000_000_000_000_000n });
  });

  test("memory", async () => {
    const { seen } = await scrape({
      root_path: root,
      scrapers: {
        memory: {
          metrics: on("system.memory.utilization", "system.memory.limit", "system.memory.linux.hugepages.usage"),
        },
      },
    });
    const kilobytes = { used: 600, free: 100, buffered: 50, cached: 230, slab_reclaimable: 30, slab_unreclaimable: 20 };
    for (const [state, amount] of Object.entries(kilobytes)) {
      expect(pointOf(seen, "system.memory.usage", { state })).toBe(amount * 1024);
    }
    expect(pointOf(seen, "system.memory.utilization", { state: "used" })).toBe(0.6);
    expect(
      pointOf(seen, "system.memory.linux.hugepages.usage", { "system.memory.linux.hugepages.state": "used" }),
    ).toBe(6);
  });

  test("load, by processor when asked for", async () => {
    const { seen } = await scrape({ root_path: root, scrapers: { load: null } });
    expect(["1m", "5m", "15m"].map((span) => pointOf(seen, `system.cpu.load_average.${span}`))).toEqual([0.5, 1.25, 2]);
    const average = await scrape({ root_path: root, scrapers: { load: { cpu_average: true } } });
    expect(pointOf(average.seen, "system.cpu.load_average.15m")).toBe(2 / cpus().length);
  });

  test("disk, without what is excluded", async () => {
    const exclude = { match_type: "regexp", devices: ["^loop"] };
    const { seen } = await scrape({ root_path: root, scrapers: { disk: { exclude } } });
    expect(pointOf(seen, "system.disk.io", { device: "sda", direction: "write" })).toBe(70 * 512);
    expect(pointOf(seen, "system.disk.operation_time", { device: "sda", direction: "read" })).toBe(0.04);
    expect(pointOf(seen, "system.disk.pending_operations", { device: "sda" })).toBe(9);
    expect(pointOf(seen, "system.disk.weighted_io_time", { device: "sda" })).toBe(0.11);
    expect(pointOf(seen, "system.disk.io", { device: "loop0" })).toBeUndefined();
  });

  test("network", async () => {
    const include = { match_type: "strict", interfaces: ["eth0"] };
    const metrics = on("system.network.conntrack.count", "system.network.conntrack.max");
    const { seen } = await scrape({ root_path: root, scrapers: { network: { include, metrics } } });
    expect(pointOf(seen, "system.network.io", { device: "eth0", direction: "transmit" })).toBe(500);
    expect(pointOf(seen, "system.network.dropped", { device: "eth0", direction: "receive" })).toBe(1);
    expect(pointOf(seen, "system.network.io", { device: "lo" })).toBeUndefined();
    expect(pointOf(seen, "system.network.connections", { protocol: "tcp", state: "LISTEN" })).toBe(2);
    expect(pointOf(seen, "system.network.connections", { state: "TIME_WAIT" })).toBe(0);
    expect(pointOf(seen, "system.network.conntrack.max")).toBe(65_536);
  });

  test("filesystem: real ones, each once, with blanks in their names", async () => {
    const { seen } = await scrape({
      root_path: root,
      scrapers: { filesystem: { metrics: on("system.filesystem.utilization") } },
    });
    expect(
      pointOf(seen, "system.filesystem.usage", { device: "/dev/sda1", mode: "rw", state: "used" }),
    ).toBeGreaterThan(0);
    expect(pointOf(seen, "system.filesystem.usage", { mountpoint: "/with blank", mode: "ro" })).toBeGreaterThan(0);
    expect(pointOf(seen, "system.filesystem.inodes.usage", { type: "proc" })).toBeUndefined();
    expect(pointOf(seen, "system.filesystem.utilization", { type: "ext4" })).toBeLessThanOrEqual(1);
  });

  test("paging and processes", async () => {
    const { seen } = await scrape({ root_path: root, scrapers: { paging: null, processes: null } });
    expect(pointOf(seen, "system.paging.usage", { device: "/dev/sda2", state: "used" })).toBe(250 * 1024);
    expect(pointOf(seen, "system.paging.faults", { type: "minor" })).toBe(95);
    expect(pointOf(seen, "system.paging.operations", { direction: "page_out", type: "major" })).toBe(4);
    expect(pointOf(seen, "system.processes.created")).toBe(4242);
    const counts = ["sleeping", "zombies", "running", "blocked"].map((status) =>
      pointOf(seen, "system.processes.count", { status }),
    );
    expect(counts).toEqual([1, 1, 3, 1]);
  });

  test("process: a resource each, every metric", async () => {
    const metrics = on(...processScraper.metrics.map(({ name }) => name));
    const { seen } = await scrape({ root_path: root, scrapers: { process: { metrics } } });
    expect(seen[0]?.resource).toEqual({
      "process.pid": 1,
      "process.parent_pid": 0,
      "process.executable.name": "a) b",
      "process.executable.path": "",
      "process.command": "/bin/a",
      "process.command_line": "/bin/a --flag",
      "process.owner": "ann",
    });
    expect(["user", "system", "wait"].map((state) => pointOf(seen, "process.cpu.time", { state }))).toEqual([
      5, 2.5, 1,
    ]);
    expect(pointOf(seen, "process.memory.usage")).toBe(8192);
    expect(pointOf(seen, "process.memory.virtual")).toBe(8192);
    expect(pointOf(seen, "process.disk.io", { direction: "write" })).toBe(6);
    expect(pointOf(seen, "process.context_switches", { type: "involuntary" })).toBe(8);
    expect(pointOf(seen, "process.open_file_descriptors")).toBe(2);
    expect(pointOf(seen, "process.paging.faults", { type: "major" })).toBe(12);
    expect(seen[0]?.metric.points[0]).toMatchObject({ startTimeUnixNano: 1_700_000_060_000_000_000n });
  });
});

describe.runIf(process.platform === "linux")("this machine", () => {
  test("every scraper reads it, and nothing is logged", async () => {
    const scrapers = {
      cpu: null,
      memory: null,
      load: null,
      disk: null,
      filesystem: null,
      network: null,
      paging: null,
      processes: null,
      process: null,
    };
    const { seen, host } = await scrape({ scrapers });
    expect(host.lines).toEqual([]);
    expect(namesOf(seen)).toEqual(
      expect.arrayContaining(["process.cpu.time", "system.cpu.time", "system.memory.usage", "system.network.io"]),
    );
    const own = seen.filter(({ resource }) => resource["process.pid"] === process.pid);
    expect(pointOf(own, "process.memory.usage")).toBeGreaterThan(1e6);
    expect(pointOf(seen, "system.memory.usage", { state: "free" })).toBeLessThan(totalmem());
  });

  test("utilization needs a second look", async () => {
    const metrics = on("system.cpu.utilization");
    const first = await scrape({ scrapers: { cpu: { metrics } } });
    expect(pointOf(first.seen, "system.cpu.utilization")).toBeUndefined();
    const { seen } = await scrape({ scrapers: { cpu: { metrics } } }, 3);
    const value = pointOf(seen, "system.cpu.utilization");
    if (value !== undefined) expect(value).toBeLessThanOrEqual(1);
  });
});

test("metrics are switched off by name", async () => {
  const { seen } = await scrape({
    scrapers: { load: { metrics: { "system.cpu.load_average.5m": { enabled: false } } } },
  });
  expect(namesOf(seen)).toEqual(["system.cpu.load_average.15m", "system.cpu.load_average.1m"]);
});

test.runIf(process.platform === "linux")(
  "a scraper that fails does not stop the others, and is said once",
  async () => {
    const bare = join(root, "bare");
    await mkdir(join(bare, "proc"), { recursive: true });
    await writeFile(join(bare, "proc/loadavg"), "1 2 3 1/2 3\n");
    const { seen, host } = await scrape({ root_path: bare, scrapers: { load: null, disk: null } }, 3);
    expect(pointOf(seen, "system.cpu.load_average.1m")).toBe(1);
    expect(host.lines.filter((line) => line.includes("cannot scrape")).length).toBe(1);
  },
);

test.each([
  [{}, /scrapers/],
  [{ scrapers: {} }, /at least one scraper/],
  [{ scrapers: { cpu: { metrics: { "system.cpu.tim": { enabled: true } } } } }, /system\.cpu\.tim/],
  [{ scrapers: { network: { include: { match_type: "regexp", interfaces: ["("] } } } }, /not a regular expression/],
  [{ scrapers: { network: { include: { match_type: "glob", interfaces: [] } } } }, /match_type/],
  [{ scrapers: { nfs: {} } }, /not supported/],
  [{ root_path: "x", scrapers: { load: null } }, /absolute path/],
])("%j is refused", (config, message) => {
  expect(hostMetricsReceiver.schema.safeParse(config).error?.message).toMatch(message);
});
