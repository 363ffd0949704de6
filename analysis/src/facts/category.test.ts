import { describe, expect, test } from "vitest";
import { sketch } from "../testing/spans.js";
import { breadthFirst } from "../trace/span-node.js";
import { buildTree } from "../trace/tree.js";
import { categoryOf, fingerprint } from "./category.js";

test("spans are told apart by what their own time is", () => {
  const postgres = { "db.system.name": "postgresql" };
  const tree = buildTree(
    sketch({
      name: "root",
      from: 0,
      to: 100,
      kind: "server",
      children: [
        {
          name: "pg-pool.connect",
          from: 0,
          to: 10,
          kind: "client",
          attributes: postgres,
          children: [{ name: "pg.connect", from: 1, to: 9, kind: "client", attributes: postgres }],
        },
        { name: "pg.query:SELECT", from: 10, to: 20, kind: "client", attributes: { "db.system": "postgresql" } },
        {
          name: "GET",
          from: 20,
          to: 30,
          kind: "client",
          children: [{ name: "callee", from: 22, to: 28, kind: "server", service: "api" }],
        },
        { name: "POST", from: 30, to: 40, kind: "client" },
        { name: "publish", from: 40, to: 50, kind: "producer" },
        { name: "render", from: 50, to: 60 },
      ],
    }),
  );
  const categories = Object.fromEntries(breadthFirst(tree!.root).map((node) => [node.span.name, categoryOf(node)]));
  expect(categories).toEqual({
    root: "service",
    "pg-pool.connect": "pool-wait",
    "pg.connect": "connect",
    "pg.query:SELECT": "database",
    GET: "hop",
    callee: "service",
    POST: "external",
    publish: "messaging",
    render: "service",
  });
});

describe("fingerprints", () => {
  const cases: [statement: string, expected: string][] = [
    ["SELECT * FROM t WHERE id = 42 AND name = 'it''s'", "SELECT * FROM t WHERE id = ? AND name = ?"],
    ["SELECT *\n  FROM t\tWHERE a = $1 -- why\n", "SELECT * FROM t WHERE a = ?"],
    ["SELECT 1 FROM t WHERE id IN (1, 2,3)", "SELECT ? FROM t WHERE id IN (?)"],
    ["INSERT INTO t VALUES (1, 'a'), (2, 'b')", "INSERT INTO t VALUES (?)"],
    ["/* route=/x */ SELECT a2 FROM t1", "SELECT a2 FROM t1"],
  ];
  for (const [statement, expected] of cases) test(statement, () => expect(fingerprint(statement)).toBe(expected));
});
