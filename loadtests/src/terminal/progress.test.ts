import { expect, test } from "vitest";
import { Measurements } from "../k6/measurements.js";
import { Progress } from "./progress.js";

function measured(): Measurements {
  const measurements = new Measurements();
  for (let i = 1; i <= 100; i++) {
    measurements.add({
      metric_name: "http_req_duration",
      timestamp: String(i * 25),
      metric_value: "12",
      status: "200",
    });
  }
  return measurements;
}

test("on a terminal one line takes its own place, until something else was said", () => {
  const lines: string[] = [];
  const progress = new Progress((line) => lines.push(line), true);
  for (let i = 0; i < 2; i++) progress.update(measured());
  progress.say("done");
  progress.update(measured());
  expect(lines[0]).toMatch(/^ {2} 0:00 +\d+\.\d req\/s +p95 +12 ms +failed 0 %$/);
  expect(lines[1]).toBe(`\u001b[1A\u001b[2K${lines[0]}`);
  expect(lines[3]).toBe(lines[0]);
});

test("elsewhere lines are rare", () => {
  const lines: string[] = [];
  const progress = new Progress((line) => lines.push(line), false);
  for (let i = 0; i < 100; i++) progress.update(measured());
  expect(lines).toEqual([]);
});

test("equal messages are shown once and counted, the script's own always", () => {
  const lines: string[] = [];
  const progress = new Progress((line) => lines.push(line), false);
  for (let i = 0; i < 3; i++)
    progress.message({ level: "warning", text: "Request Failed: refused\n at x", fromScript: false });
  for (let i = 0; i < 2; i++) progress.message({ level: "info", text: "hello", fromScript: true });
  progress.message({ level: "info", text: "starting", fromScript: false });
  expect(lines).toEqual(["  k6 warning: Request Failed: refused", "  script: hello", "  script: hello"]);
  expect(progress.messages()).toEqual(["Request Failed: refused (3 times)"]);
});
