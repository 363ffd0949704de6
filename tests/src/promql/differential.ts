import { Engine, MemorySource, PromqlError, type SampleSeries, toApiData } from "@venturi/promql";
import { resolveTool } from "@venturi/tools";
import { type Child, startChild } from "../support/child.js";
import { freePorts } from "../support/ports.js";
import { type Answer, differenceOf } from "./compare.js";
import type { Question } from "./questions.js";
import { smallerQueries } from "./reduce.js";

const FEATURES = {
  experimentalFunctions: true,
  durationExpressions: true,
  extendedRangeSelectors: true,
  fillModifiers: true,
} as const;

const FLAGS =
  "promql-experimental-functions,promql-extended-range-selectors,promql-binop-fill-modifiers,promql-duration-expr";

/** A real Prometheus that has nothing but what is written to it. */
export async function startEmptyPrometheus(folder: string): Promise<{ url: string; child: Child }> {
  const [port] = (await freePorts(1)) as [number];
  const { path } = await resolveTool("prometheus", { log: console.error });
  const child = startChild(path, [
    "--config.file=/dev/null",
    `--storage.tsdb.path=${folder}/tsdb`,
    "--storage.tsdb.retention.time=100y",
    `--web.listen-address=127.0.0.1:${port}`,
    "--web.enable-remote-write-receiver",
    `--enable-feature=${FLAGS}`,
  ]);
  await child.waitForOutput(/Server is ready to receive web requests/);
  return { url: `http://127.0.0.1:${port}`, child };
}

/** A question that is answered differently, made as small as possible. */
export interface Difference {
  readonly question: Question;
  readonly found: string;
  readonly original: string;
}

/** Asks a real Prometheus and our engine the same questions about the same series. */
export class Differential {
  readonly #url: string;
  readonly #source: MemorySource;
  readonly #engine = new Engine({ features: FEATURES });

  constructor(url: string, series: readonly SampleSeries[]) {
    this.#url = url;
    this.#source = new MemorySource(series);
  }

  /** Undefined when both answer the same. */
  async ask(question: Question): Promise<Difference | undefined> {
    const found = await this.#difference(question);
    if (found === undefined) return undefined;
    const smallest = await this.#reduce(question);
    const again = await this.#difference(smallest);
    return { question: smallest, found: again ?? found, original: question.query };
  }

  /**
   * Prometheus adds in the order of a Go map now and then, so that its own answers differ: we differ only if no try
   * agrees.
   */
  async #difference(question: Question): Promise<string | undefined> {
    const ours = await this.#ours(question);
    let found: string | undefined;
    for (let tries = 0; tries < 5; tries++) {
      found = differenceOf(ours, await this.#theirs(question));
      if (found === undefined) return undefined;
    }
    return found;
  }

  async #ours({ query, startMs, endMs, stepMs }: Question): Promise<Answer> {
    try {
      const result =
        stepMs === 0
          ? await this.#engine.instant(this.#source, query, startMs)
          : await this.#engine.range(this.#source, query, startMs, endMs, stepMs);
      return { status: "success", data: toApiData(result), warnings: result.warnings, infos: result.infos };
    } catch (error) {
      if (error instanceof PromqlError) return { status: "error", errorType: error.kind, error: error.message };
      throw new Error(`cannot answer ${query}: ${String(error)}`, { cause: error });
    }
  }

  async #theirs({ query, startMs, endMs, stepMs }: Question): Promise<Answer> {
    const times: Record<string, string> =
      stepMs === 0
        ? { time: seconds(startMs) }
        : { start: seconds(startMs), end: seconds(endMs), step: seconds(stepMs) };
    const response = await fetch(`${this.#url}/api/v1/${stepMs === 0 ? "query" : "query_range"}`, {
      method: "POST",
      body: new URLSearchParams({ query, ...times }),
    });
    return (await response.json()) as Answer;
  }

  /** Replaces parts of the query by smaller ones for as long as the answers still differ. */
  async #reduce(question: Question): Promise<Question> {
    let current = question;
    for (let rounds = 0; rounds < 40; rounds++) {
      const next = await this.#firstDiffering(current);
      if (next === undefined) return current;
      current = next;
    }
    return current;
  }

  async #firstDiffering(question: Question): Promise<Question | undefined> {
    for (const query of smallerQueries(question.query, FEATURES)) {
      const smaller = { ...question, query };
      if ((await this.#difference(smaller)) !== undefined) return smaller;
    }
    return undefined;
  }
}

function seconds(timeMs: number): string {
  return (timeMs / 1000).toFixed(3);
}
