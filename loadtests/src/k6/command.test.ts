import { expect, test } from "vitest";
import { k6Command, withoutSecrets } from "./command.js";
import { parseK6Log } from "./log.js";

const settings = {
  script: "s.js",
  testId: "t1",
  csvFile: "/tmp/x,y/s.csv",
  remoteWriteUrl: "http://p/api/v1/write",
  env: { PATH: "/bin" },
};

test("the user's arguments go through, the script comes last", () => {
  const { args, env } = k6Command({ ...settings, userArgs: ["--vus", "5"] });
  expect(args.join(" ")).toBe(
    "run --quiet --log-format json --address  --out csv --out experimental-prometheus-rw --tag testid=t1 --vus 5 s.js",
  );
  expect(env).toMatchObject({
    PATH: "/bin",
    K6_CSV_FILENAME: "/tmp/x,y/s.csv",
    K6_PROMETHEUS_RW_SERVER_URL: "http://p/api/v1/write",
    K6_PROMETHEUS_RW_TREND_STATS: "p(50),p(90),p(95),p(99),avg,max,count",
  });
});

test("no flag is used that k6 2 took away", () => {
  const { args } = k6Command({ ...settings, userArgs: [] });
  for (const gone of ["--no-summary", "--upload-only", "--summary-mode"]) expect(args).not.toContain(gone);
});

test("a flag that the user gave is the user's", () => {
  const { args } = k6Command({ ...settings, userArgs: ["-a", "localhost:1", "--log-format=raw"] });
  expect(args.filter((arg) => arg === "--address" || arg === "--log-format")).toEqual([]);
});

test("a report shows no value of an environment variable", () => {
  expect(withoutSecrets(["-e", "TOKEN=a=b", "--env", "X=1", "--env=Y=2", "-eZ=3", "--vus", "5"])).toEqual([
    "-e",
    "TOKEN=…",
    "--env",
    "X=…",
    "--env=Y=…",
    "-eZ=…",
    "--vus",
    "5",
  ]);
});

test("k6's log lines, as JSON and as text", () => {
  expect(parseK6Log('{"level":"warning","msg":"Request Failed","error":"refused"}')).toEqual({
    level: "warning",
    text: "Request Failed: refused",
    fromScript: false,
  });
  expect(parseK6Log('{"level":"info","msg":"hello","source":"console"}')).toEqual({
    level: "info",
    text: "hello",
    fromScript: true,
  });
  expect(parseK6Log('time="x" level=error msg="bad"')?.level).toBe("error");
  expect(parseK6Log("WARN[0001] slow")?.level).toBe("warning");
  expect(parseK6Log("  ")).toBeNull();
});
