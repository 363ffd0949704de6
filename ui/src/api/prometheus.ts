import { getJson } from "./http.js";

/** One element of an instant vector. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface InstantAnswer {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [number, string];
    }[];
  };
}

/** Evaluates PromQL now. The values may be NaN. */
export async function instant(query: string, signal: AbortSignal): Promise<Sample[]> {
  const answer = await getJson<InstantAnswer>(`/api/v1/query?${new URLSearchParams({ query })}`, signal);
  return answer.data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}
