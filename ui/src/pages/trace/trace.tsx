import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { readTrace, type Trace } from "../../api/jaeger.js";
import { readTraceLogs } from "../../api/loki.js";
import { readCriticalPath } from "../../api/venturi.js";
import { Link } from "../../components/link.js";
import { Empty, Failure, Loading } from "../../components/notices.js";
import { ServiceName } from "../../components/service-name.js";
import { SpanDetails } from "../../components/span-details.js";
import { Waterfall } from "../../components/waterfall.js";
import { duration, timestamp } from "../../format/units.js";
import { useResource } from "../../resource.js";
import { address, navigate } from "../../route.js";
import { buildRows, summarize, type TraceSummary, visibleRows } from "../../trace-tree.js";
import { buildLines, criticalStretches, logsBySpan } from "../../waterfall-lines.js";
import { CriticalPathSummary } from "./critical-path.js";
import { TraceActions } from "./trace-actions.js";

/** One trace. The chosen span is in the address, and what is left out. */
export function TracePage(props: { readonly id: string; readonly query: URLSearchParams }): JSX.Element {
  const { data, error } = useResource(`trace ${props.id}`, (signal) => readTrace(props.id, signal));
  if (error) return <Failure error={error} />;
  if (data === undefined) return <Loading />;
  if (data === null || data.spans.length === 0) {
    return (
      <Empty title={`There is no trace ${props.id}`}>
        <p>
          It may not have arrived yet, may not have been sampled, or may be older than what is kept.{" "}
          <Link to="/traces">Search for others.</Link>
        </p>
      </Empty>
    );
  }
  return <TraceView key={data.traceID} trace={data} query={props.query} />;
}

function TraceView(props: { readonly trace: Trace; readonly query: URLSearchParams }): JSX.Element {
  const { trace, query } = props;
  const [chosenId, showLogs] = [query.get("span") ?? "", query.get("logs") !== "off"];
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => buildRows(trace), [trace]);
  const summary = useMemo(() => summarize(trace), [trace]);
  const critical = useResource(`critical ${trace.traceID}`, (signal) => readCriticalPath(trace.traceID, signal));
  const logs = useResource(`logs ${trace.traceID}`, (signal) =>
    readTraceLogs(trace.traceID, { startUs: summary.startUs, endUs: summary.startUs + summary.durationUs }, signal),
  );
  const bySpan = useMemo(() => logsBySpan(logs.data ?? [], rows), [logs.data, rows]);
  const lines = useMemo(
    () =>
      buildLines(
        visibleRows(rows, folded),
        criticalStretches(critical.data?.segments ?? [], summary),
        showLogs ? bySpan : new Map(),
        summary,
      ),
    [rows, folded, critical.data, showLogs, bySpan, summary],
  );
  const chosen = rows.find((row) => row.span.spanID === chosenId);
  const go = (change: Readonly<Record<string, string>>): void => {
    const now = { span: chosenId, logs: query.get("logs") ?? "", with: query.get("with") ?? "" };
    navigate(address(`/traces/${trace.traceID}`, { ...now, ...change }), true);
  };

  return (
    <>
      <TraceHead trace={trace} summary={summary} />
      <TraceActions
        traceId={trace.traceID}
        logCount={logs.data?.length ?? 0}
        showLogs={showLogs}
        onLogs={(show) => go({ logs: show ? "" : "off" })}
      />
      <Failure error={logs.error} />
      <CriticalPathSummary path={critical.data} error={critical.error} />
      <div class={chosen ? "trace with-details" : "trace"}>
        <Waterfall
          lines={lines}
          folded={folded}
          chosen={chosenId}
          durationUs={summary.durationUs}
          onChoose={(span) => go({ span })}
          onFold={(spanId, fold) => {
            const next = new Set(folded);
            if (fold) next.add(spanId);
            else next.delete(spanId);
            setFolded(next);
          }}
        />
        {chosen && (
          <SpanDetails
            trace={trace}
            row={chosen}
            logs={bySpan.get(chosenId) ?? []}
            traceStartUs={summary.startUs}
            onClose={() => go({ span: "" })}
          />
        )}
      </div>
    </>
  );
}

function TraceHead(props: { readonly trace: Trace; readonly summary: TraceSummary }): JSX.Element {
  const { trace, summary } = props;
  return (
    <>
      <div class="title">
        <h1>
          <ServiceName name={summary.rootService} /> {summary.rootOperation}
        </h1>
      </div>
      <p class="facts">
        <b>{duration(summary.rootDurationUs)}</b>
        {summary.durationUs > summary.rootDurationUs && <span>all spans {duration(summary.durationUs)}</span>}
        <time>{timestamp(summary.startUs)}</time>
        <span>{summary.spanCount === 1 ? "1 span" : `${summary.spanCount} spans`}</span>
        {summary.errorCount > 0 && <span class="bad">{summary.errorCount} with an error</span>}
        <code>{trace.traceID}</code>
      </p>
    </>
  );
}
