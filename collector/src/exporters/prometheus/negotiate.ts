import type { Escaping } from "./label-text.js";

export interface ExpositionFormat {
  readonly format: "text" | "openmetrics" | "protobuf";
  readonly contentType: string;
  readonly escaping: Escaping;
}

const PROTOBUF = "application/vnd.google.protobuf";
const PROTOBUF_MESSAGE = "io.prometheus.client.MetricFamily";
const OPEN_METRICS = "application/openmetrics-text";
const ESCAPINGS: readonly string[] = ["allow-utf-8", "underscores", "dots", "values"];

/** Picks the format of an answer by the Accept header, as Prometheus' client library does; text for whoever asks for nothing. */
export function negotiate(accept: string, openMetrics: boolean): ExpositionFormat {
  let escaping: Escaping = "underscores";
  for (const { type, parameters } of parseAccept(accept)) {
    const { version, proto, encoding } = parameters;
    if (ESCAPINGS.includes(parameters.escaping ?? "")) escaping = parameters.escaping as Escaping;
    const suffix = `; escaping=${escaping}`;
    if (type === PROTOBUF && proto === PROTOBUF_MESSAGE && encoding === "delimited") {
      const contentType = `${PROTOBUF}; proto=${PROTOBUF_MESSAGE}; encoding=delimited${suffix}`;
      return { format: "protobuf", contentType, escaping };
    }
    if (type === "text/plain" && (version === undefined || version === "0.0.4")) break;
    if (openMetrics && type === OPEN_METRICS && [undefined, "0.0.1", "1.0.0"].includes(version)) {
      const contentType = `${OPEN_METRICS}; version=${version ?? "0.0.1"}; charset=utf-8${suffix}`;
      return { format: "openmetrics", contentType, escaping };
    }
  }
  return { format: "text", contentType: `text/plain; version=0.0.4; charset=utf-8; escaping=${escaping}`, escaping };
}

interface MediaRange {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string | undefined>>;
}

/** The media ranges of an Accept header, those that are wanted most first. */
function parseAccept(header: string): MediaRange[] {
  const ranges = header.split(",").map((part) => {
    const [type = "", ...rest] = part.split(";").map((piece) => piece.trim());
    const parameters = Object.fromEntries(
      rest.map((pair) => {
        const equals = pair.indexOf("=");
        const value = pair.slice(equals + 1).trim();
        return [pair.slice(0, equals).trim().toLowerCase(), value.replace(/^"(.*)"$/, "$1")];
      }),
    );
    return { type: type.toLowerCase(), parameters, weight: Number(parameters.q ?? 1) };
  });
  return ranges.sort((a, b) => b.weight - a.weight);
}
