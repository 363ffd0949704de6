import { getJson } from "./http.js";

export interface LogLine {
  /** Microseconds since 1970. */
  readonly timeUs: number;
  readonly service: string;
  readonly spanId: string;
  /** `error`, `info`, …, as Loki detects it. */
  readonly level: string;
  readonly text: string;
}

interface Streams {
  readonly data: {
    readonly result: readonly {
      readonly stream: Readonly<Record<string, string>>;
      readonly values: readonly (readonly [timeNs: string, line: string])[];
    }[];
  };
}

/** The API gives no more in one answer. */
const limitMax = 5000;
/** Log records carry the clock of another part of the program: some are a little outside of their trace. */
const slackUs = 60_000_000;

/** The log lines of a trace in order of time. */
export async function readTraceLogs(
  traceId: string,
  at: { readonly startUs: number; readonly endUs: number },
  signal: AbortSignal,
): Promise<LogLine[]> {
  const parameters = new URLSearchParams({
    query: `{service_name=~".+"} | trace_id="${traceId.replace(/[^0-9a-f]/g, "").padStart(32, "0")}"`,
    start: `${Math.floor(at.startUs - slackUs)}000`,
    end: `${Math.ceil(at.endUs + slackUs)}000`,
    limit: String(limitMax),
    direction: "forward",
  });
  return logLines(await getJson<Streams>(`/loki/api/v1/query_range?${parameters}`, signal));
}

/** Flattens streams into lines in order of time. */
export function logLines({ data }: Streams): LogLine[] {
  return data.result
    .flatMap(({ stream, values }) =>
      values.map(([timeNs, text]) => ({
        timeUs: Number(timeNs) / 1000,
        service: stream.service_name ?? "",
        spanId: stream.span_id ?? "",
        level: stream.detected_level ?? "",
        text,
      })),
    )
    .sort((a, b) => a.timeUs - b.timeUs);
}
