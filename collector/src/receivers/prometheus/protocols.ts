import { type Exposition, ExpositionError } from "./exposition.js";
import { parseProtobuf } from "./protobuf-parser.js";
import type { FetchedPage } from "./scrape-client.js";
import { parseText } from "./text-parser.js";

/** Prometheus' names for formats, with their media types. */
const MEDIA_TYPES = {
  PrometheusProto: "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
  "PrometheusText0.0.4": "text/plain;version=0.0.4",
  "PrometheusText1.0.0": "text/plain;version=1.0.0",
  "OpenMetricsText0.0.1": "application/openmetrics-text;version=0.0.1",
  "OpenMetricsText1.0.0": "application/openmetrics-text;version=1.0.0",
} as const;
export type ScrapeProtocol = keyof typeof MEDIA_TYPES;
export const SCRAPE_PROTOCOLS = Object.keys(MEDIA_TYPES) as [ScrapeProtocol, ...ScrapeProtocol[]];

const TEXT_FIRST: readonly ScrapeProtocol[] = [
  "OpenMetricsText1.0.0",
  "OpenMetricsText0.0.1",
  "PrometheusText1.0.0",
  "PrometheusText0.0.4",
];
/** Only protobuf has native histograms. */
const PROTOBUF_FIRST: readonly ScrapeProtocol[] = ["PrometheusProto", ...TEXT_FIRST];

export function defaultProtocols(scrapesNative: boolean): readonly ScrapeProtocol[] {
  return scrapesNative ? PROTOBUF_FIRST : TEXT_FIRST;
}

/** The Accept header of a scrape: the protocols in the order in which they are wanted. */
export function acceptHeader(protocols: readonly ScrapeProtocol[], escaping: string): string {
  let weight = SCRAPE_PROTOCOLS.length + 1;
  const ranges = protocols.map((protocol) => {
    // Only the newer text formats know how names can be escaped.
    const escapes = protocol === "PrometheusText1.0.0" || protocol === "OpenMetricsText1.0.0";
    return `${MEDIA_TYPES[protocol]}${escapes ? `;escaping=${escaping}` : ""};q=0.${weight--}`;
  });
  return [...ranges, `*/*;q=0.${weight}`].join(",");
}

/**
 * Reads a page by its content type; `fallback` is for pages of an unknown one.
 * @throws ExpositionError when the page is not what it says
 */
export function readPage(
  page: FetchedPage,
  fallback: ScrapeProtocol,
  native: { readonly native: boolean; readonly alwaysClassic: boolean },
): Exposition {
  const protocol = protocolOf(page.contentType) ?? fallback;
  if (protocol === "PrometheusProto") return parseProtobuf(page.body, native);
  return parseText(page.body.toString("utf8"), protocol.startsWith("OpenMetrics"));
}

function protocolOf(contentType: string): ScrapeProtocol | undefined {
  const [type = "", ...parameters] = contentType.split(";").map((part) => part.trim().toLowerCase());
  if (type === "application/openmetrics-text") return "OpenMetricsText1.0.0";
  if (type === "text/plain") return "PrometheusText0.0.4";
  if (type !== "application/vnd.google.protobuf") return undefined;
  if (parameters.includes("encoding=delimited")) return "PrometheusProto";
  throw new ExpositionError(`cannot read content type ${JSON.stringify(contentType)}: only delimited protobuf is read`);
}
