import type { Place } from "./located.js";

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** Where; absent when the thing is missing altogether. */
  readonly place: Place | undefined;
  /** `exporters::otlphttp::endpoint`; "" for the whole file. */
  readonly path: string;
  readonly message: string;
  readonly suggestion?: string;
}

/** Everything that is wrong with a configuration, found in one go. `message` has one line per problem. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[], options?: ErrorOptions) {
    super(problems.map(formatProblem).join("\n"), options);
    this.problems = problems;
  }
}

/** `collector.yaml:12:5: exporters::otlphttp: unknown key "endpont"; did you mean "endpoint"?` */
export function formatProblem(problem: ConfigProblem): string {
  const where = problem.place === undefined ? "" : `${formatPlace(problem.place)}: `;
  const path = problem.path === "" ? "" : `${problem.path}: `;
  const hint = problem.suggestion === undefined ? "" : `; did you mean "${problem.suggestion}"?`;
  return `${where}${path}${problem.message}${hint}`;
}

export function formatPlace(place: Place): string {
  return place.line === 0 ? place.source : `${place.source}:${place.line}:${place.column}`;
}
