import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cleanup } from "./support/cleanup.js";
import { eventually } from "./support/eventually.js";
import { startRequestSink } from "./support/request-sink.js";
import { startUp } from "./support/up.js";
import { venturi } from "./support/venturi.js";

const { defer, temporaryFolder } = cleanup();

const rules = (name: string): string => `groups:
- name: ${name}
  interval: 1s
  rules:
  - record: one
    expr: vector(1)
  - alert: Always
    expr: one == 1
    annotations: { text: "{{ $value }}" }
`;

interface Sent {
  readonly labels: object;
  readonly annotations: object;
  readonly generatorURL: string;
}

test("venturi up evaluates rules, sends alerts, and reads the files again on a hang-up", async () => {
  const folder = await temporaryFolder();
  const file = join(folder, "rules.yml");
  await writeFile(file, rules("first"));
  const sink = await startRequestSink();
  defer(() => sink.close());
  const up = await startUp(folder, ["--rules", join(folder, "*.yml"), "--alertmanager", sink.url]);
  defer(() => up.child.stop());
  const [message] = await eventually("an alert was sent", async () => {
    const bodies = sink.bodies("/api/v2/alerts");
    return bodies.length > 0 ? bodies : undefined;
  });
  const [alert] = JSON.parse(Buffer.from(message ?? []).toString()) as Sent[];
  expect(alert).toMatchObject({
    labels: { alertname: "Always" },
    annotations: { text: "1" },
    generatorURL: `${up.apiUrl}/graph?g0.expr=one+%3D%3D+1&g0.tab=1`,
  });
  await writeFile(file, rules("second"));
  up.child.process.kill("SIGHUP");
  await up.child.waitForOutput(/the rule files were read again/);
  const answer = (await (await fetch(`${up.apiUrl}/api/v1/rules`)).json()) as { data: { groups: { name: string }[] } };
  expect(answer.data.groups.map(({ name }) => name)).toEqual(["second"]);
  await writeFile(file, rules("third").replace("record", "recrod"));
  up.child.process.kill("SIGHUP");
  await up.child.waitForOutput(
    /the rules stay as they were: cannot read rules: .*rules\.yml:5:5: unknown field "recrod"/,
  );
});

test("a bad rule file gets its line and exit status 1, before anything is started", async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "bad.yml"), rules("a").replace("vector(1)", "vector("));
  const run = venturi(["up", "--rules", "bad.yml"], { cwd: folder });
  defer(() => run.stop());
  expect(await run.exited).toBe(1);
  expect(run.output()).toMatch(
    /^\S*error:\S* bad\.yml:6:11: group "a", rule 1, "one": could not parse expression: .*\n$/,
  );
});
