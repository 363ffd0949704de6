import type { SqlAnswer } from "@venturi/store";

/** Widest column of a table on the terminal; JSON text is cut there, and whole in the other formats. */
const maxCellLength = 60;

/** How `venturi store sql` shows an answer. */
export const sqlFormats: Readonly<Record<string, (answer: SqlAnswer) => string>> = { table, json, csv };

function table({ columns, rows }: SqlAnswer): string {
  const lines = [columns, ...rows.map((row) => row.map((value) => shortened(cellText(value))))];
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function json({ columns, rows }: SqlAnswer): string {
  const objects = rows.map((row) => Object.fromEntries(columns.map((name, column) => [name, row[column]])));
  return JSON.stringify(objects, null, 1);
}

function csv({ columns, rows }: SqlAnswer): string {
  return [columns, ...rows.map((row) => row.map(cellText))].map((cells) => cells.map(csvCell).join(",")).join("\n");
}

function cellText(value: unknown): string {
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function shortened(text: string): string {
  const line = text.replaceAll(/[\r\n\t]/g, " ");
  return line.length > maxCellLength ? `${line.slice(0, maxCellLength - 1)}…` : line;
}

function csvCell(cell: string): string {
  return /[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
