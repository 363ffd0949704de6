import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { jsonReply, type Reply } from "./reply.js";

export interface ReportSummary {
  readonly id: string;
  readonly startedAt: string;
  readonly verdict: string;
}

/** An id is a file name of ours: no separators, no leading dot, so it cannot leave the directory. */
const idPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** A report is one self-contained page: its own styles and pictures, no script, nothing from elsewhere. */
const reportPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Reads the load reports (`{id}.json`, `{id}.html`) below `/venturi/api/reports`. */
export class Reports {
  readonly #directory: string | undefined;

  constructor(directory: string | undefined) {
    this.#directory = directory;
  }

  /** @param rest what follows `/venturi/api/reports`, "" or "/…" */
  async answer(rest: string): Promise<Reply> {
    if (rest === "" || rest === "/") return jsonReply(200, await this.list());
    const name = rest.slice(1);
    if (name === "latest" || name === "latest.json" || name === "latest.html") {
      const newest = (await this.list())[0];
      if (newest === undefined) return jsonReply(404, { error: "there is no report yet" });
      return this.#file(newest.id, name.endsWith(".html") ? "html" : "json");
    }
    const match = /^(.+)\.(json|html)$/.exec(name);
    const id = match?.[1] ?? "";
    if (!idPattern.test(id)) return jsonReply(404, { error: "no such report" });
    return this.#file(id, match?.[2] === "html" ? "html" : "json");
  }

  /** The newest first; a file that is not a report is left out. */
  async list(): Promise<ReportSummary[]> {
    if (this.#directory === undefined) return [];
    const names = await readdir(this.#directory).catch(() => []);
    const ids = names.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length));
    const summaries = await Promise.all(ids.filter((id) => idPattern.test(id)).map((id) => this.#summary(id)));
    return summaries
      .filter((summary) => summary !== undefined)
      .sort((a, b) => (a.startedAt < b.startedAt ? 1 : a.startedAt > b.startedAt ? -1 : a.id < b.id ? 1 : -1));
  }

  async #summary(id: string): Promise<ReportSummary | undefined> {
    try {
      const text = await readFile(join(this.#directory as string, `${id}.json`), "utf8");
      return { id, ...summarize(JSON.parse(text) as Record<string, unknown>) };
    } catch {
      return undefined;
    }
  }

  async #file(id: string, kind: "json" | "html"): Promise<Reply> {
    const bytes =
      this.#directory === undefined
        ? undefined
        : await readFile(join(this.#directory, `${id}.${kind}`)).catch(() => undefined);
    if (bytes === undefined) return jsonReply(404, { error: "no such report" });
    const headers: Record<string, string> = { "cache-control": "no-cache" };
    if (kind === "html") {
      headers["content-type"] = "text/html; charset=utf-8";
      headers["content-security-policy"] = reportPolicy;
    } else headers["content-type"] = "application/json";
    return { status: 200, headers, body: bytes };
  }
}

/** Reports carry their verdict at the top or inside the diagnosis. */
function summarize(report: Record<string, unknown>): { startedAt: string; verdict: string } {
  const diagnosis = report.diagnosis as { verdict?: unknown } | undefined;
  const startedAt = report.startedAt;
  return {
    startedAt: typeof startedAt === "number" ? new Date(startedAt).toISOString() : String(startedAt ?? ""),
    verdict: String(report.verdict ?? diagnosis?.verdict ?? ""),
  };
}
