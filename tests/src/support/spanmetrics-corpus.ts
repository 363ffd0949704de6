/** Spans of which metrics are made in every way: all kinds of values, durations from nothing to hours, events, samplers. */

const keyValue = (key: string, value: object): object => ({ key, value });
const text = (key: string, stringValue: string): object => keyValue(key, { stringValue });
const int = (key: string, value: number): object => keyValue(key, { intValue: String(value) });

const SERVICE = [
  text("service.name", "shop"),
  text("region", "eu"),
  int("pods", 3),
  keyValue("zones", { arrayValue: { values: [{ stringValue: "a" }, { stringValue: "b" }] } }),
];
const RESOURCES: readonly (readonly object[])[] = [
  SERVICE,
  [text("service.name", "cart"), text("pod", "1"), keyValue("load", { doubleValue: 2.5 })],
  [text("service.name", "cart"), text("pod", "2")],
  // The first one in another order, which is the same resource.
  [...SERVICE].reverse(),
  [text("no.service", "x")],
];
const SCOPES = [{ name: "express", version: "4.1" }, { name: "pg" }, {}];
const START_NANO = 1_700_000_000_000_000_000n;

/** @param count Spans of each resource. */
export function spanMetricsRequest(count: number, random: () => number): object {
  let spans = 0;
  return {
    resourceSpans: RESOURCES.map((attributes) => ({
      resource: { attributes },
      scopeSpans: SCOPES.map((scope, index) => ({
        scope,
        spans: Array.from({ length: Math.ceil(count / SCOPES.length) }, () => span(spans++, index, random)),
      })),
    })),
  };
}

function span(index: number, scope: number, random: () => number): object {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const durationNano = BigInt(Math.floor(random() < 0.1 ? 0 : Math.exp(random() * 31)));
  const end = random() < 0.03 ? START_NANO - 5n : START_NANO + durationNano;
  const state = pick(["", "", "", "ot=th:8", "ot=th:c;rv:f2345678901234", "x=y,ot=th:0", "ot=p:8", "ot=th:zz", "x=y"]);
  return {
    traceId: random() < 0.05 ? "0".repeat(32) : (index + 1).toString(16).padStart(32, "0"),
    spanId: (index + 1).toString(16).padStart(16, "0"),
    ...(state === "" ? {} : { traceState: state }),
    name: `${pick(["get", "put", ""])} ${scope}`,
    kind: pick([0, 1, 2, 3, 4, 5]),
    startTimeUnixNano: String(START_NANO),
    endTimeUnixNano: String(end),
    status: pick([{}, { code: 1 }, { code: 2, message: "no" }]),
    attributes: spanAttributes(pick),
    events: Array.from({ length: pick([0, 0, 1, 2]) }, (_, event) => ({
      timeUnixNano: String(START_NANO + BigInt(event)),
      name: "exception",
      attributes: [
        ...pick([[], [text("exception.type", "A")], [text("exception.type", "B")]]),
        ...pick([[], [text("region", "of the event")]]),
      ],
    })),
  };
}

function spanAttributes(pick: <Item>(items: readonly Item[]) => Item): object[] {
  const some = (...attributes: readonly object[]): readonly object[] => pick([[], ...attributes.map((one) => [one])]);
  return [
    ...some(text("http.route", "/a"), text("http.route", "/b")),
    ...some(int("http.status", 200), int("http.status", 500), text("http.status", "200"), int("http.status", 70_000)),
    ...some(keyValue("ratio", { doubleValue: 0.25 }), keyValue("ratio", { doubleValue: -1e21 })),
    ...some(keyValue("cached", { boolValue: true }), keyValue("cached", { boolValue: false })),
    ...some(keyValue("tags", { arrayValue: { values: [{ stringValue: "a" }, { intValue: "1" }] } })),
    ...some(keyValue("bytes", { bytesValue: "AQI=" }), keyValue("bytes", {})),
    ...some(text("region", "us")),
    ...some(int("user", 1), int("user", 2), int("user", 3), int("user", -4), int("user", 5)),
  ];
}
