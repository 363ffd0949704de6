import { expect, test } from "vitest";
import { CsvReader } from "./csv.js";

const header = "metric_name,timestamp,metric_value,error,name,url\n";

test("rows come whole, however the text is cut, and other metrics don't come", () => {
  const text = `${header}http_reqs,1,1,,a,a\nhttp_req_duration,2,3.5,,GET /a,http://x/a\nhttp_req_duration,4,5,,b,b\n`;
  for (const size of [1, 7, 1000]) {
    const reader = new CsvReader(["http_req_duration"]);
    const rows = [];
    for (let at = 0; at < text.length; at += size) rows.push(...reader.read(text.slice(at, at + size)));
    expect(rows.map(({ timestamp, metric_value, name }) => [timestamp, metric_value, name])).toEqual([
      ["2", "3.5", "GET /a"],
      ["4", "5", "b"],
    ]);
  }
});

test("quoted fields: commas, quotes, line breaks", () => {
  const reader = new CsvReader(["m"]);
  const rows = reader.read(`${header}m,1,2,"dial: ""x"", refused",n,u\nm,3,4,"two\nlines",n,u\nm,5,6,,n,u\n`);
  expect(rows.map(({ error, url }) => [error, url])).toEqual([
    ['dial: "x", refused', "u"],
    ["two\nlines", "u"],
    ["", "u"],
  ]);
});

test("columns are found by their names", () => {
  const reader = new CsvReader(["m"]);
  expect(reader.read("url,x\nm,1\n")).toEqual([{ url: "m", x: "1" }]);
});
