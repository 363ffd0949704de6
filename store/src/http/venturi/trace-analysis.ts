/**
 * What the store borrows of `@venturi/analysis`. The store may not import it (ARCHITECTURE.md), and a function cannot
 * cross to the store's thread: so the host names the module, and it is loaded when it is first asked for.
 */
export interface TraceAnalysis {
  buildTree(trace: AnalysisTrace): AnalysisTree | null;
  criticalPath(tree: AnalysisTree): readonly AnalysisSegment[];
}

export interface AnalysisTrace {
  readonly traceId: string;
  readonly spans: readonly AnalysisSpan[];
}

/** Times in microseconds. */
export interface AnalysisSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly service: string;
  readonly instance: string;
  readonly name: string;
  readonly kind: string;
  readonly startUs: number;
  readonly durationUs: number;
  readonly error: boolean;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

interface AnalysisNode {
  readonly span: AnalysisSpan;
  readonly startUs: number;
  readonly endUs: number;
}

export interface AnalysisTree {
  readonly root: AnalysisNode;
  readonly orphans: number;
  readonly skewCorrected: number;
  readonly asynchronous: readonly AnalysisNode[];
}

export interface AnalysisSegment {
  readonly node: AnalysisNode;
  readonly startUs: number;
  readonly endUs: number;
}

/** @param url of a module with the functions of {@link TraceAnalysis} */
export async function loadTraceAnalysis(url: string): Promise<TraceAnalysis> {
  const module = (await import(/* @vite-ignore */ url)) as Partial<TraceAnalysis>;
  const { buildTree, criticalPath } = module;
  if (buildTree === undefined || criticalPath === undefined) {
    throw new Error(`cannot analyse traces: ${url} has no buildTree and criticalPath`);
  }
  return { buildTree, criticalPath };
}
