import type { ComparedPipeline } from "../two-collectors.js";

type Counted = Readonly<Record<string, object>>;

const attributes = (...keys: (string | readonly [key: string, byDefault: unknown])[]): object => ({
  attributes: keys.map((key) => (typeof key === "string" ? { key } : { key: key[0], default_value: key[1] })),
});
const where = (...conditions: string[]): object => ({ conditions });

const SPANS: readonly Counted[] = [
  {},
  { all: { description: "all of them" } },
  { server: where("kind == SPAN_KIND_SERVER"), failed: where("status.code == STATUS_CODE_ERROR", "span.kind == 4") },
  { none: where("false"), other: where('resource.attributes["service.name"] == "other"') },
  { methods: attributes("http.method") },
  { codes: attributes("code", "http.method"), missing: attributes("none") },
  { texts: attributes(["none", "unknown"], ["number", 5], ["double", 2.5], ["yes", true]) },
  { outer: attributes("host.name"), scoped: attributes("s"), named: attributes("service.name") },
  { values: attributes("list"), maps: attributes("map"), bytes: attributes("bytes"), empty: attributes("empty") },
  { rooted: { ...where("IsRootSpan()"), ...attributes(["code", 0]) } },
];

const EVENTS: readonly Counted[] = [
  { all: {} },
  { exceptions: where('name == "exception"', 'spanevent.attributes["n"] == 2') },
  { numbers: attributes("n"), of_spans: where('span.name == "GET /users/3"') },
];

const METRICS: readonly Counted[] = [
  { all: {} },
  { gauges: where("type == METRIC_DATA_TYPE_GAUGE"), some: where('HasAttrKeyOnDatapoint("route")') },
];

const POINTS: readonly Counted[] = [
  { all: {} },
  { routes: attributes("route"), codes: attributes("code", ["none", "x"]) },
  { large: where("count > 5", "value_int > 6"), of: where('metric.name == "up"') },
];

const LOGS: readonly Counted[] = [
  {},
  { all: {} },
  { maps: where("IsMap(body)"), severe: where("severity_number >= SEVERITY_NUMBER_ERROR") },
  { ids: attributes("id"), texts: attributes("text", "host.name") },
];

const of = (signal: ComparedPipeline["signal"], section: string, list: readonly Counted[]) =>
  list.map((counted) => ({ signal, config: { [section]: counted } }));

/** Each counts in a connector of its own. */
export const COUNTS: readonly ComparedPipeline[] = [
  ...of("traces", "spans", SPANS),
  ...of("traces", "spanevents", EVENTS),
  ...of("metrics", "metrics", METRICS),
  ...of("metrics", "datapoints", POINTS),
  ...of("logs", "logs", LOGS),
].map(({ signal, config }, index) => ({
  name: `n${index}`,
  signal,
  processor: "count",
  isConnector: true,
  config,
}));
