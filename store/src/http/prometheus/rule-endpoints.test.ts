import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { RuleHarness } from "../../testing/rule-harness.js";
import { getJson, servedStore, temporaryDirectory } from "../../testing/test-store.js";
import type { Answer } from "./answer.js";
import { ApiError } from "./api-error.js";
import { ruleEndpoints } from "./rule-endpoints.js";

const yaml = (group: string): string => `groups:
- name: ${group}
  interval: 15s
  rules:
  - { alert: Down, expr: "up==0", for: 1m, labels: { severity: page }, annotations: { text: "{{ $value }}" } }
  - { record: "job:up", expr: sum by (job) (up), labels: { team: a } }
- name: plain
  limit: 3
  rules: [{ record: one, expr: "1" }]
`;

let get: (name: "rules" | "alerts" | "alertmanagers", query?: string) => Promise<unknown>;
let directory = "";

async function data(answer: Answer): Promise<unknown> {
  return JSON.parse(typeof answer.data === "string" ? answer.data : [...(answer.data ?? [])].join(""));
}

beforeEach(async () => {
  const harness = await RuleHarness.open();
  directory = (await harness.file("a.yml", yaml("first"))).slice(0, -"a.yml".length);
  await harness.file("b.yml", yaml("second"));
  const rules = await harness.rules({ alertmanagerUrls: ["http://me:secret@127.0.0.1:1/am"] });
  const endpoints = ruleEndpoints(rules);
  get = async (name, query = "") => {
    const url = new URLSearchParams(query);
    const call = { url, parameters: url, label: "", signal: new AbortController().signal };
    return data((await endpoints[name]?.answer(call)) as Answer);
  };
  harness.write({ __name__: "up", job: "x" }, 0);
  await harness.step(rules, 0);
  await harness.step(rules, 30_000);
});

/** `file group: rule rule` of what is listed. */
async function listed(query: string): Promise<string[]> {
  const { groups } = (await get("rules", query)) as {
    groups: { name: string; file: string; rules: { name: string }[] }[];
  };
  return groups.map(({ name, file, rules }) => {
    return `${file.slice(directory.length)} ${name}: ${rules.map((rule) => rule.name).join(" ")}`;
  });
}

async function refusal(query: string): Promise<string> {
  const error: unknown = await get("rules", query).catch((cause: unknown) => cause);
  if (!(error instanceof ApiError)) throw new Error(`${query} was not refused`);
  return error.message;
}

test("a group is told with its rules, their outcome and their alerts", async () => {
  const { groups } = (await get("rules")) as { groups: { rules: object[] }[] };
  const anyTime = expect.stringMatching(/^2023-11-14T\d\d:\d\d:\d\d/);
  const outcome = { health: "ok", evaluationTime: expect.any(Number), lastEvaluation: anyTime };
  expect(groups[0]).toEqual({
    name: "first",
    file: `${directory}a.yml`,
    interval: 15,
    limit: 0,
    evaluationTime: expect.any(Number),
    lastEvaluation: anyTime,
    rules: [
      {
        state: "pending",
        name: "Down",
        query: "up == 0",
        duration: 60,
        keepFiringFor: 0,
        labels: { severity: "page" },
        annotations: { text: "{{ $value }}" },
        alerts: [
          {
            labels: { alertname: "Down", job: "x", severity: "page" },
            annotations: { text: "0" },
            state: "pending",
            activeAt: "2023-11-14T23:00:00.000Z",
            value: "0e+00",
          },
        ],
        type: "alerting",
        ...outcome,
      },
      { name: "job:up", query: "sum by (job) (up)", labels: { team: "a" }, type: "recording", ...outcome },
    ],
  });
});

test("all alerts, and the Alertmanagers without passwords", async () => {
  const { alerts } = (await get("alerts")) as { alerts: object[] };
  expect(alerts).toHaveLength(2);
  expect(alerts[0]).toMatchObject({ state: "pending", labels: { alertname: "Down" } });
  expect(await get("alertmanagers")).toEqual({
    activeAlertmanagers: [{ url: "http://127.0.0.1:1/am/api/v2/alerts" }],
    droppedAlertmanagers: [],
  });
});

describe("filters", () => {
  test.each([
    ["", ["a.yml first: Down job:up", "a.yml plain: one", "b.yml second: Down job:up", "b.yml plain: one"]],
    ["type=alert", ["a.yml first: Down", "b.yml second: Down"]],
    ["type=RECORD&rule_group[]=first", ["a.yml first: job:up"]],
    [
      "rule_name[]=one&rule_name[]=Down&rule_group[]=second&rule_group[]=plain",
      ["a.yml plain: one", "b.yml second: Down", "b.yml plain: one"],
    ],
    ['match[]={severity=~"p.*"}', ["a.yml first: Down", "b.yml second: Down"]],
    ['match[]={severity="page"}&match[]={team="a"}', ["a.yml first: Down job:up", "b.yml second: Down job:up"]],
    ["rule_name[]=none", []],
  ])("%s", async (query, expected) => {
    expect(await listed(query)).toEqual([...expected].sort((a, b) => (a.slice(0, 7) < b.slice(0, 7) ? -1 : 1)));
  });

  test("file[] names whole paths", async () => {
    expect(await listed(`file[]=${directory}b.yml&type=alert`)).toEqual(["b.yml second: Down"]);
  });

  test("alerts are left out on request", async () => {
    const { groups } = (await get("rules", "exclude_alerts=TRUE&type=alert")) as { groups: { rules: object[] }[] };
    expect(groups[0]?.rules[0]).toMatchObject({ state: "pending", alerts: null });
  });
});

test("pages follow each other until there is no token", async () => {
  const pages: number[] = [];
  let token = "";
  do {
    const query = `type=record&group_limit=3${token === "" ? "" : `&group_next_token=${token}`}`;
    const page = (await get("rules", query)) as { groups: object[]; groupNextToken?: string };
    pages.push(page.groups.length);
    token = page.groupNextToken ?? "";
  } while (token !== "");
  expect(pages).toEqual([3, 1]);
});

describe("mistakes are told in Prometheus' words", () => {
  test.each([
    ["type=foo", 'invalid parameter "type": not supported value "foo"'],
    [
      "exclude_alerts=constructor",
      'invalid parameter "exclude_alerts": error converting exclude_alerts: strconv.ParseBool: parsing "constructor": invalid syntax',
    ],
    [
      "group_limit=x",
      'invalid parameter "group_limit": group_limit needs to be a valid number: strconv.ParseInt: parsing "x": invalid syntax',
    ],
    [
      "group_limit=3000000000",
      'invalid parameter "group_limit": group_limit needs to be a valid number: strconv.ParseInt: parsing "3000000000": value out of range',
    ],
    ["group_limit=0", 'invalid parameter "group_limit": group_limit needs to be greater than 0'],
    [
      "group_next_token=x",
      'invalid parameter "group_next_token": group_limit needs to be present in order to paginate over the groups',
    ],
    [
      "group_limit=1&group_next_token=x",
      "invalid parameter \"group_next_token\": invalid group_next_token 'x'. were rule groups changed?",
    ],
    ["match[]={", "1:2: parse error: unexpected end of input inside braces"],
  ])("%s", async (query, problem) => expect(await refusal(query)).toBe(problem));
});

test("/-/reload reads the files again, and says what is wrong with them", async () => {
  const folder = await temporaryDirectory();
  const path = join(folder, "r.yml");
  await writeFile(path, "groups: [{ name: a, rules: [{ record: r, expr: up }] }]");
  const { url } = await servedStore({ ruleFiles: [join(folder, "*.yml")] });
  const groups = async (): Promise<string[]> => {
    const { body } = await getJson(`${url}/api/v1/rules`);
    return body.data.groups.map(({ name }: { name: string }) => name);
  };
  expect(await groups()).toEqual(["a"]);
  await writeFile(path, "groups: [{ name: b, rules: [{ record: r, expr: up }] }]");
  expect((await getJson(`${url}/-/reload`)).status).toBe(405);
  expect(await getJson(`${url}/-/reload`, { method: "POST" })).toEqual({ status: 200, body: "" });
  expect(await groups()).toEqual(["b"]);
  await writeFile(path, "groups: [{ nam: b }]");
  const { status, body } = await getJson(`${url}/-/reload`, { method: "POST" });
  expect(status).toBe(500);
  expect(body).toBe(`failed to reload config: cannot read rules: ${path}:1:12: unknown field "nam"\n`);
  expect(await groups()).toEqual(["b"]);
});
