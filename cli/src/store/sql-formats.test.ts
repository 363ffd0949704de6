import { expect, test } from "vitest";
import { sqlFormats } from "./sql-formats.js";

const answer = {
  columns: ["name", "value"],
  types: ["VARCHAR", "BIGINT"],
  rows: [
    ['a "b", c', "12"],
    [null, ["x"]],
    [`${"long ".repeat(20)}\nend`, 1],
  ],
  isTruncated: false,
};

test("a table aligns its columns and cuts long cells", () => {
  const lines = sqlFormats.table?.(answer).split("\n") ?? [];
  expect(lines).toHaveLength(4);
  expect(lines[0]).toBe(`name${" ".repeat(58)}value`);
  expect(lines[2]).toBe(`${" ".repeat(62)}["x"]`);
  expect(lines[3]).toMatch(/^long .*… {2}1$/);
});

test("csv quotes what it must, json keeps types", () => {
  expect(sqlFormats.csv?.(answer).split("\n").slice(0, 3)).toEqual(["name,value", '"a ""b"", c",12', ',"[""x""]"']);
  expect(JSON.parse(sqlFormats.json?.(answer) ?? "")[1]).toEqual({ name: null, value: ["x"] });
});
