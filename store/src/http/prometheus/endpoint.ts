import type { Answer } from "./answer.js";

export interface Call {
  /** Of the form body, if any, then of the URL. */
  readonly parameters: URLSearchParams;
  /** Of the URL alone; a few of Prometheus' parameters are read only there. */
  readonly url: URLSearchParams;
  /** What is wrong with the form as such; most endpoints make do with the rest of it, as Prometheus' do. */
  readonly formProblem?: string | undefined;
  readonly signal: AbortSignal;
  /** The name in `/label/{name}/values`. */
  readonly label: string;
}

export interface Endpoint {
  readonly methods: readonly string[];
  answer(call: Call): Answer | Promise<Answer>;
}
