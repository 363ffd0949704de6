import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { readTrace, type Trace } from "../api/jaeger.js";
import { Link } from "../components/link.js";
import { Empty, Failure, Loading } from "../components/notices.js";
import { ServiceName } from "../components/service-name.js";
import { SpanDetails } from "../components/span-details.js";
import { Waterfall } from "../components/waterfall.js";
import { duration, timestamp } from "../format/units.js";
import { useResource } from "../resource.js";
import { address, navigate } from "../route.js";
import { buildRows, summarize, visibleRows } from "../trace-tree.js";

/** One trace. The chosen span is in the address. */
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
  return <TraceView trace={data} chosen={props.query.get("span") ?? ""} />;
}

function TraceView(props: { readonly trace: Trace; readonly chosen: string }): JSX.Element {
  const { trace } = props;
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => buildRows(trace), [trace]);
  const summary = useMemo(() => summarize(trace), [trace]);
  const visible = useMemo(() => visibleRows(rows, folded), [rows, folded]);
  const chosen = rows.find((row) => row.span.spanID === props.chosen);
  const choose = (span: string): void => navigate(address(`/traces/${trace.traceID}`, { span }), true);

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
        <a href={`/api/traces/${trace.traceID}`} target="_blank" rel="noreferrer">
          JSON
        </a>
      </p>
      <div class={chosen ? "trace with-details" : "trace"}>
        <Waterfall
          rows={visible}
          folded={folded}
          chosen={props.chosen}
          durationUs={summary.durationUs}
          onChoose={choose}
          onFold={(spanId, fold) => {
            const next = new Set(folded);
            if (fold) next.add(spanId);
            else next.delete(spanId);
            setFolded(next);
          }}
        />
        {chosen && <SpanDetails trace={trace} row={chosen} traceStartUs={summary.startUs} onClose={() => choose("")} />}
      </div>
    </>
  );
}
