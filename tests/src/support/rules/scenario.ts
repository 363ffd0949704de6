import type { SampleSeries } from "@venturi/promql";

/** How long the scenario's data lasts, in seconds from its base. */
export const scenarioSeconds = 30;

/** Rules of every kind, evaluated each second. */
export const scenarioRules = `groups:
- name: recording
  interval: 1s
  labels: { team: core, over: group }
  rules:
  - record: job:requests:rate5s
    expr: sum by (job) (rate(requests_total[5s]))
    labels: { over: rule }
  - { record: "job:requests:double", expr: "job:requests:rate5s * 2" }
  - { record: sometimes, expr: state == 0 }
  - { record: "utf8 näme", expr: '{"http.ü"}', labels: { "a b": c } }
  - { record: histogram_copy, expr: latency }
  - { record: scalar, expr: "1 + 1" }
- name: offset
  interval: 1s
  query_offset: 2s
  rules: [{ record: earlier, expr: state }]
- name: failing
  interval: 1s
  limit: 2
  rules:
  - { record: too_many, expr: state }
  - { record: same, expr: state, labels: { instance: one } }
  - { record: text, expr: "'text'" }
  - { alert: TooMany, expr: state >= 0 }
  - { alert: Same, expr: state >= 0, labels: { instance: one } }
- name: alerts
  interval: 1s
  rules:
  - alert: Down
    expr: state == 0
    for: 3s
    keep_firing_for: 2s
    labels: { severity: page, where: "{{ $labels.instance | toUpper }}", gone: "" }
    annotations:
      summary: "{{ $labels.instance }} is {{ $value }}"
      others: '{{ range query "state == 1" | sortByLabel "instance" }}{{ .Labels.instance }};{{ end }}'
      link: "{{ externalURL }}{{ graphLink \\"state\\" }} {{ pathPrefix }}"
      empty: ""
  - { alert: Now, expr: state == 0, labels: { severity: info } }
  - { alert: Histogram, expr: latency, annotations: { text: "{{ $value }} {{ $value.Count }}" } }
  - { alert: GroupLabel, expr: vector(1) > bool 0, labels: { x: "{{ $value }}" } }
`;

/** A rule file with one alert that has each text as an annotation. */
export function corpusRules(texts: readonly string[]): string {
  const annotations = texts.map((text, index) => `      a${index}: ${JSON.stringify(text)}`).join("\n");
  return `groups:
- name: corpus
  interval: 1s
  rules:
  - alert: Corpus
    expr: sample_value
    annotations:
${annotations}
`;
}

/** The data of the scenario: one sample a second from ten seconds before `baseMs` on. */
export function scenarioSeries(baseMs: number): SampleSeries[] {
  const times = Array.from({ length: scenarioSeconds + 10 }, (_, index) => baseMs + (index - 10) * 1000);
  const series = (labels: Record<string, string>, valueAt: (second: number) => number): SampleSeries => ({
    labels,
    timestampsMs: Float64Array.from(times),
    values: Float64Array.from(times, (_, index) => valueAt(index - 10)),
  });
  const during = (from: number, to: number) => (second: number) => (second >= from && second < to ? 0 : 1);
  const state = (instance: string, valueAt: (second: number) => number): SampleSeries =>
    series({ __name__: "state", instance }, valueAt);
  return [
    series({ __name__: "requests_total", instance: "a", job: "web" }, (second) => 10 * (second + 10)),
    series({ __name__: "requests_total", instance: "b", job: "web" }, (second) => 3 * (second % 7)),
    series({ __name__: "requests_total", instance: "a", job: "db" }, (second) => (second + 10) ** 2),
    state("a", during(4, 13)),
    state("b", during(6, 8)),
    state("c", () => 1),
    series({ __name__: "http.ü", job: "x" }, (second) => second),
    series({ __name__: "sample_value", instance: "a.b:9090", job: "api" }, () => 1234.5678),
    series({ __name__: "probe", instance: "b:9090", job: "x" }, () => 3),
    series({ __name__: "probe", instance: "c:9090", job: "y" }, () => 0.25),
    histograms(times),
  ];
}

function histograms(times: readonly number[]): SampleSeries {
  return {
    labels: { __name__: "latency", job: "web" },
    timestampsMs: Float64Array.from(times),
    values: new Float64Array(times.length),
    histograms: times.map((_, index) => ({
      schema: 0,
      zeroThreshold: 0.001,
      zeroCount: index,
      count: 3 * index,
      sum: 1.5 * index,
      positiveSpans: [{ offset: 0, length: 2 }],
      negativeSpans: [],
      positiveBuckets: Float64Array.of(index, index),
      negativeBuckets: new Float64Array(),
      counterResetHint: 0 as const,
    })),
  };
}
