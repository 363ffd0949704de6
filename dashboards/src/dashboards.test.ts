import { readFileSync } from "node:fs";
import { parser } from "@prometheus-io/lezer-promql";
import { describe, expect, it } from "vitest";
import { allDashboards, listExpressions, panelsOf, substituteVariables } from "./index.js";

interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly datasource: { readonly uid: string };
}

const dashboards = allDashboards();
const panels = dashboards.flatMap((d) => panelsOf(d).map((panel) => ({ at: `${d.uid}: ${panel.title}`, panel })));

function syntaxErrors(expr: string): string[] {
  const errors: string[] = [];
  parser.parse(expr).iterate({
    enter: (node) => {
      if (node.type.isError) errors.push(`at ${node.from}: ${expr.slice(Math.max(0, node.from - 20), node.to + 20)}`);
    },
  });
  return errors;
}

/** Grafana's own list is not published apart from it; these are the ids we use, taken from its unit picker. */
const knownUnits = new Set(["none", "s", "ms", "bytes", "percentunit", "reqps", "ops", "cps"]);

describe("every dashboard", () => {
  it("has a fixed uid of its own", () => {
    expect(dashboards.map((d) => d.uid)).toEqual([
      "venturi-services",
      "venturi-node-runtime",
      "venturi-database",
      "venturi-load-test",
      "venturi-collector",
    ]);
  });

  it.each(dashboards.map((d) => [d.uid, d] as const))("%s follows the conventions", (_, d) => {
    expect(d.title).toMatch(/^Venturi \/ /);
    expect(d.description).toMatch(/\.$/);
    expect(d.tags).toContain("venturi");
    expect(d.refresh).toBe("10s");
    expect(d.editable).toBe(false);
    expect(d.schemaVersion).toBe(38);
    expect(d.links?.[0]).toMatchObject({ type: "dashboards", tags: ["venturi"], includeVars: true, keepTime: true });
    const variables = d.templating?.list ?? [];
    expect(variables.map((v) => v.name)).toEqual(expect.arrayContaining(["datasource", "job", "instance"]));
    for (const v of variables) {
      expect(v.label, v.name).toBeTruthy();
      expect(v.description, v.name).toBeTruthy();
      if (v.type === "query") expect(v, v.name).toMatchObject({ datasource: { uid: "$datasource" }, refresh: 2 });
    }
  });

  it.each(dashboards.map((d) => [d.uid, d] as const))("%s has unique panel ids and no overlapping panels", (_, d) => {
    const all = d.panels ?? [];
    expect(new Set(all.map((p) => p.id)).size).toBe(all.length);
    const taken = new Set<string>();
    for (const p of all) {
      const { x, y, w, h } = p.gridPos ?? { x: 0, y: 0, w: 0, h: 0 };
      expect(x + w, p.title).toBeLessThanOrEqual(24);
      for (let column = x; column < x + w; column++) {
        for (let row = y; row < y + h; row++) {
          const cell = `${column},${row}`;
          expect(taken.has(cell), `${p.title} overlaps at ${cell}`).toBe(false);
          taken.add(cell);
        }
      }
    }
  });
});

describe("every panel", () => {
  it.each(panels.map((p) => [p.at, p.panel] as const))("%s says what it shows", (_, panel) => {
    expect(panel.title?.trim()).toBeTruthy();
    expect(panel.description).toMatch(/\.$/);
    expect(knownUnits).toContain(panel.fieldConfig?.defaults?.unit);
    expect(panel.datasource).toEqual({ type: "prometheus", uid: "$datasource" });
    const targets = (panel.targets ?? []) as unknown as Target[];
    expect(targets.length).toBeGreaterThan(0);
    expect(new Set(targets.map((t) => t.refId)).size).toBe(targets.length);
    for (const target of targets) expect(target.datasource.uid).toBe("$datasource");
  });

  it("shows a title only once per section of a dashboard", () => {
    const titles = dashboards.flatMap((d) => {
      let section = "";
      return (d.panels ?? []).map((p) => {
        if (p.type === "row") section = p.title ?? "";
        return `${d.uid}/${section}/${p.type}/${p.title}`;
      });
    });
    expect(titles.filter((title, i) => titles.indexOf(title) !== i)).toEqual([]);
  });
});

describe("every expression", () => {
  const expressions = listExpressions().map((e) => [`${e.dashboard}: ${e.panel} ${e.refId}`, e.expr] as const);

  it.each(expressions)("%s parses", (_, expr) => {
    expect(syntaxErrors(substituteVariables(expr))).toEqual([]);
  });

  it.each(expressions)("%s asks for the chosen services only", (_, expr) => {
    for (const selector of expr.match(/\{[^}]*\}/g) ?? []) {
      expect(selector).toMatch(/job=~"\$job", instance=~"\$instance"|testid=~"\$testid"/);
    }
  });

  it.each(expressions)("%s takes a rate of every counter, over $__rate_interval", (_, expr) => {
    for (const [, counter] of expr.matchAll(/(\w+_(?:total|count|sum|bucket))\{/g)) {
      if (counter === "db_client_connection_count") continue; // A gauge by its semantic convention, in spite of its name.
      expect(expr).toMatch(new RegExp(`rate\\(${counter}\\{[^}]*\\}\\[\\$__rate_interval\\]\\)`));
    }
  });

  it("is written down where another suite can run it", () => {
    expect(expressions.length).toBeGreaterThan(60);
    expect(new Set(expressions.map(([at]) => at)).size).toBeGreaterThan(60);
  });
});

describe("substituteVariables", () => {
  it("takes chosen values before the defaults", () => {
    expect(substituteVariables(`rate(x{job=~"$job"}[$__rate_interval])`, { $job: "gateway" })).toBe(
      `rate(x{job=~"gateway"}[1m])`,
    );
  });

  it("rejects a variable that nobody knows", () => {
    expect(() => substituteVariables("x[$window]")).toThrow("cannot substitute $window in x[$window]: it has no value");
  });
});

describe("the data source variable", () => {
  it("is the only place that names a data source", () => {
    for (const d of dashboards) {
      const file = readFileSync(
        new URL(`../dist/grafana/${d.uid?.replace("venturi-", "")}.json`, import.meta.url),
        "utf8",
      );
      const uids = [...file.matchAll(/"uid": "([^"]*)"/g)].map(([, uid]) => uid);
      expect(new Set(uids)).toEqual(new Set(["$datasource", d.uid]));
    }
  });
});
