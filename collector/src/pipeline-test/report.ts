import type { CaseResult } from "./run-suites.js";

/** Results for a terminal. */
export function textReport(results: readonly CaseResult[]): string {
  const lines: string[] = [];
  let suite = "";
  for (const { suite: own, name, milliseconds, failures } of results) {
    if (own !== suite) lines.push((suite = own));
    lines.push(`  ${failures.length === 0 ? "ok  " : "FAIL"}  ${name} (${Math.round(milliseconds)} ms)`);
    for (const failure of failures) lines.push(`          ${failure}`);
  }
  const failed = results.filter(({ failures }) => failures.length > 0).length;
  lines.push("", `${results.length - failed} passed, ${failed} failed`);
  return lines.join("\n");
}

/** Results as JUnit XML, which CI systems read. */
export function junitReport(results: readonly CaseResult[]): string {
  const suites = [...new Set(results.map(({ suite }) => suite))];
  const bodies = suites.map((suite) => {
    const cases = results.filter((result) => result.suite === suite);
    const failed = cases.filter(({ failures }) => failures.length > 0).length;
    const inner = cases.map(({ name, milliseconds, failures }) => {
      const head = `    <testcase classname="${escapeXml(suite)}" name="${escapeXml(name)}" time="${(milliseconds / 1000).toFixed(3)}"`;
      if (failures.length === 0) return `${head}/>`;
      const [first = ""] = failures;
      return `${head}>\n      <failure message="${escapeXml(first)}">${escapeXml(failures.join("\n"))}</failure>\n    </testcase>`;
    });
    return `  <testsuite name="${escapeXml(suite)}" tests="${cases.length}" failures="${failed}">\n${inner.join("\n")}\n  </testsuite>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${bodies.join("\n")}\n</testsuites>\n`;
}

function escapeXml(text: string): string {
  return (
    text
      // XML 1.0 has no place for these, not even escaped.
      .replaceAll(/[^\P{Cc}\t\n\r]/gu, "")
      .replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
  );
}
