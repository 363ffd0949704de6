#!/usr/bin/env node
/**
 * Behaves as k6 does towards whoever starts it, for tests of that: reads the same environment, writes the same CSV,
 * obeys an interrupt, has the same exit codes. It sends real requests. The script's name chooses the case.
 */
import { appendFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const [command, ...args] = process.argv.slice(2);
if (command === "version") {
  console.log("k6 v1.8.1 (stand-in)");
  process.exit(0);
}
const script = basename(args.at(-1));
const say = (level, msg) => console.error(JSON.stringify({ level, msg, time: new Date().toISOString() }));
if (script.startsWith("broken")) {
  say("error", "SyntaxError: file:///broken.js: Unexpected token (3:7)\n\tat stack");
  process.exit(107);
}

const { K6_CSV_FILENAME: file, BASE_URL: baseUrl } = process.env;
const header =
  "metric_name,timestamp,metric_value,check,error,error_code,expected_response,group,method,name,proto,scenario,service,status,subproto,tls_version,url,extra_tags,metadata";
writeFileSync(file, `${header}\n`);
let interrupted = false;
process.on("SIGINT", () => {
  interrupted = true;
});

async function send(path) {
  const url = `${baseUrl}${path}`;
  const startMs = performance.now();
  const { status } = await fetch(url).then(async (response) => {
    await response.arrayBuffer();
    return response;
  });
  const durationMs = performance.now() - startMs;
  const tags = `,,,,${status < 400},,GET,${url},HTTP/1.1,default,,${status},,,${url},testid=x,`;
  appendFileSync(
    file,
    `http_reqs,${Date.now()},1.000000${tags}\nhttp_req_duration,${Date.now()},${durationMs}${tags}\n`,
  );
}

const seconds = script.startsWith("endless") ? 60 : Number(process.env.SECONDS ?? 2);
const endMs = Date.now() + seconds * 1000;
const sent = [];
for (let i = 0; Date.now() < endMs && !interrupted && !script.startsWith("idle"); i++) {
  sent.push(send(i % 20 === 19 ? "/broken" : `/desk/${i}`));
  if (i === 0) appendFileSync(file, `vus,${Date.now()},7,,,,,,,,,,,,,,,,\n`);
  await delay(25);
}
await Promise.all(sent);
console.log("\n  stand-in summary\n");
if (interrupted) {
  say("error", "test run was aborted because k6 received a 'interrupt' signal");
  process.exit(105);
}
if (script.startsWith("threshold")) {
  say("error", "thresholds on metrics 'http_req_duration' have been crossed");
  process.exit(99);
}
