import type { Escaping } from "./names.js";

/** The form in which samples are sent. */
export interface ExpositionFormat {
  readonly isProtobuf: boolean;
  readonly escaping: Escaping;
  readonly contentType: string;
}

const protobuf = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";
const text = "text/plain; version=0.0.4; charset=utf-8";
const escapings: ReadonlySet<string> = new Set<Escaping>(["allow-utf-8", "underscores", "dots", "values"]);

interface Clause {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly weight: number;
}

/** By the Accept header as Prometheus reads it: protobuf for who asks for it, else text. */
export function negotiate(accept: string | undefined): ExpositionFormat {
  let escaping: Escaping = "underscores";
  for (const { type, parameters } of clausesOf(accept ?? "")) {
    const wanted = parameters.get("escaping") ?? "";
    if (escapings.has(wanted)) escaping = wanted as Escaping;
    const encoding = parameters.get("encoding");
    const isFamily = parameters.get("proto") === "io.prometheus.client.MetricFamily";
    if (type === "application/vnd.google.protobuf" && isFamily && encoding === "delimited") {
      return { isProtobuf: true, escaping, contentType: `${protobuf}; escaping=${escaping}` };
    }
    if (type === "text/plain" && (parameters.get("version") ?? "0.0.4") === "0.0.4") break;
  }
  return { isProtobuf: false, escaping, contentType: `${text}; escaping=${escaping}` };
}

/** The alternatives of an Accept header, the most wanted first. */
function clausesOf(header: string): Clause[] {
  const clauses = header.split(",").map((part) => {
    const [type = "", ...pairs] = part.split(";").map((piece) => piece.trim());
    const parameters = new Map(pairs.map((pair) => pair.split("=").map((one) => one.trim()) as [string, string]));
    return { type, parameters, weight: Number(parameters.get("q") ?? 1) };
  });
  return clauses.sort((a, b) => b.weight - a.weight);
}
