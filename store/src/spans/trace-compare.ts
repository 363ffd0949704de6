/** What comparing needs of a span; times in microseconds. */
export interface ComparedSpan {
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly service: string;
  readonly name: string;
  readonly startUs: number;
  readonly durationUs: number;
}

export interface PathStep {
  readonly service: string;
  readonly operation: string;
}

/** Sums over the spans at one place of the tree. */
export interface PathTimes {
  readonly count: number;
  /** Of the spans, from start to end. */
  readonly totalUs: number;
  /** In which none of a span's children was active. */
  readonly selfUs: number;
}

export interface ComparedPath {
  /** From the root to the operation. */
  readonly path: readonly PathStep[];
  readonly a: PathTimes;
  readonly b: PathTimes;
  /** b − a. */
  readonly delta: PathTimes;
}

const none: PathTimes = { count: 0, totalUs: 0, selfUs: 0 };
/** A chain this long is a loop of some program; its lower part counts as one place. */
const maxDepth = 200;

/** Two traces side by side, by the chain of operations that leads to a span; the largest difference in own time first. */
export function compareTraces(a: readonly ComparedSpan[], b: readonly ComparedSpan[]): ComparedPath[] {
  const ofA = timesByPath(a);
  const ofB = timesByPath(b);
  const keys = new Set([...ofA.keys(), ...ofB.keys()]);
  const compared = [...keys].map((key) => {
    const left = ofA.get(key) ?? none;
    const right = ofB.get(key) ?? none;
    const delta = {
      count: right.count - left.count,
      totalUs: right.totalUs - left.totalUs,
      selfUs: right.selfUs - left.selfUs,
    };
    return { path: JSON.parse(key) as PathStep[], a: left, b: right, delta };
  });
  return compared.sort((x, y) => Math.abs(y.delta.selfUs) - Math.abs(x.delta.selfUs) || x.path.length - y.path.length);
}

function timesByPath(spans: readonly ComparedSpan[]): Map<string, PathTimes> {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const children = new Map<string, ComparedSpan[]>();
  for (const span of spans) {
    if (span.parentSpanId === null) continue;
    const siblings = children.get(span.parentSpanId);
    if (siblings === undefined) children.set(span.parentSpanId, [span]);
    else siblings.push(span);
  }
  const times = new Map<string, PathTimes>();
  for (const span of spans) {
    const key = JSON.stringify(pathOf(span, byId));
    const before = times.get(key) ?? none;
    times.set(key, {
      count: before.count + 1,
      totalUs: before.totalUs + span.durationUs,
      selfUs: before.selfUs + selfTimeUs(span, children.get(span.spanId) ?? []),
    });
  }
  return times;
}

function pathOf(span: ComparedSpan, byId: ReadonlyMap<string, ComparedSpan>): PathStep[] {
  const path: PathStep[] = [];
  const seen = new Set<string>();
  for (let one: ComparedSpan | undefined = span; one !== undefined && path.length < maxDepth; ) {
    if (seen.has(one.spanId)) break;
    seen.add(one.spanId);
    path.push({ service: one.service, operation: one.name });
    one = one.parentSpanId === null ? undefined : byId.get(one.parentSpanId);
  }
  return path.reverse();
}

/** The span's time less the union of its children's, as far as they lie within it. */
function selfTimeUs(span: ComparedSpan, children: readonly ComparedSpan[]): number {
  const endUs = span.startUs + span.durationUs;
  let coveredUs = 0;
  let reachedUs = span.startUs;
  for (const child of [...children].sort((x, y) => x.startUs - y.startUs)) {
    const from = Math.max(child.startUs, reachedUs);
    const to = Math.min(child.startUs + child.durationUs, endUs);
    if (to <= from) continue;
    coveredUs += to - from;
    reachedUs = to;
  }
  return span.durationUs - coveredUs;
}
