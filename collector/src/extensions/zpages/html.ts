/** Text that is safe inside an element and inside a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A page without script; every argument that is not named html is escaped here. */
export function page(title: string, bodyHtml: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${escapeHtml(title)}</title>
<style>
body { font: 14px/1.4 system-ui, sans-serif; margin: 2em; color: #222; background: #fff; }
table { border-collapse: collapse; margin: 1em 0; }
th, td { border: 1px solid #bbb; padding: 0.3em 0.7em; text-align: left; vertical-align: top; }
th { background: #eee; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
</style>
</head>
<body>
<nav>${PAGES.map(([path, name]) => `<a href="${path}">${name}</a>`).join(" · ")}</nav>
<h1>${escapeHtml(title)}</h1>
${bodyHtml}
</body>
</html>
`;
}

/** Paths are upstream's. */
export const PAGES: readonly (readonly [path: string, name: string])[] = [
  ["/debug/servicez", "service"],
  ["/debug/pipelinez", "pipelines"],
  ["/debug/extensionz", "extensions"],
  ["/debug/featurez", "features"],
  ["/debug/tracez", "traces"],
];

/** A table of texts and numbers; all are escaped. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number): string =>
    typeof value === "number" ? `<td class="number">${value}</td>` : `<td>${escapeHtml(value)}</td>`;
  return `<table>
<tr>${head.map((name) => `<th>${escapeHtml(name)}</th>`).join("")}</tr>
${rows.map((row) => `<tr>${row.map(cell).join("")}</tr>`).join("\n")}
</table>`;
}
