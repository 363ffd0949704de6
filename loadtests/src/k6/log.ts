export interface K6Message {
  readonly level: "error" | "warning" | "info" | "debug";
  readonly text: string;
  /** Written by the script (`console.log`). */
  readonly fromScript: boolean;
}

/** One line of k6's log: JSON as we ask for it, or whatever the user's own --log-format makes of it. */
export function parseK6Log(line: string): K6Message | null {
  if (line.trim() === "") return null;
  try {
    const entry = JSON.parse(line) as { level?: string; msg?: string; error?: string; source?: string };
    const level = entry.level === "error" || entry.level === "fatal" ? "error" : (entry.level ?? "info");
    const text = [entry.msg, entry.error].filter((part) => part !== undefined && part !== "").join(": ");
    return {
      level: level === "error" || level === "warning" || level === "debug" ? level : "info",
      text: text === "" ? line : text,
      fromScript: entry.source === "console",
    };
  } catch {
    const level = /level=error|ERRO\[/.test(line) ? "error" : /level=warning|WARN\[/.test(line) ? "warning" : "info";
    return { level, text: line.trim(), fromScript: line.includes("source=console") };
  }
}

/** The first line of a k6 error: what follows is a stack that helps whoever wrote the script, not the reader. */
export function firstLine(text: string): string {
  return text.split("\n", 1)[0]?.trim() ?? text;
}
