import type { JSX } from "preact";
import type { Tag, Trace } from "../api/jaeger.js";
import type { LogLine } from "../api/loki.js";
import { duration } from "../format/units.js";
import type { Row } from "../trace-tree.js";
import { Link } from "./link.js";
import { ServiceName } from "./service-name.js";

/** Everything that is known of one span. */
export function SpanDetails(props: {
  readonly trace: Trace;
  readonly row: Row;
  readonly logs: readonly LogLine[];
  readonly traceStartUs: number;
  readonly onClose: () => void;
}): JSX.Element {
  const { span, service } = props.row;
  const process = props.trace.processes[span.processID];
  const links = span.references.filter((ref) => ref.refType !== "CHILD_OF" || ref.traceID !== props.trace.traceID);
  return (
    <aside class="details" aria-label="Span">
      <header>
        <h2>{span.operationName}</h2>
        <button type="button" aria-label="Close" onClick={props.onClose}>
          ×
        </button>
      </header>
      <p class="facts">
        <ServiceName name={service} />
        <b>{duration(span.duration)}</b>
        <span>starts at {duration(span.startTime - props.traceStartUs)}</span>
        <code>{span.spanID}</code>
      </p>
      {span.warnings?.map((warning) => (
        <p key={warning} class="failure">
          {warning}
        </p>
      ))}
      <Tags title="Tags" tags={span.tags} />
      {span.logs.length > 0 && (
        <>
          <h3>Events</h3>
          {span.logs.map((log, i) => (
            <Tags
              key={`${log.timestamp} ${i}`}
              title={`at ${duration(log.timestamp - props.traceStartUs)}`}
              tags={log.fields}
            />
          ))}
        </>
      )}
      {props.logs.length > 0 && (
        <>
          <h3>Logs</h3>
          <dl>
            {props.logs.map((log, i) => (
              <div key={`${log.timeUs} ${i}`}>
                <dt>
                  {log.level || "log"} at {duration(Math.max(0, log.timeUs - props.traceStartUs))}
                </dt>
                <dd>{log.text}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
      {links.length > 0 && (
        <>
          <h3>Linked traces</h3>
          <ul>
            {links.map((ref) => (
              <li key={ref.spanID}>
                <Link to={`/traces/${ref.traceID}?span=${ref.spanID}`}>
                  <code>{ref.traceID}</code>
                </Link>
              </li>
            ))}
          </ul>
        </>
      )}
      <Tags title="Process" tags={process?.tags ?? []} />
    </aside>
  );
}

function Tags(props: { readonly title: string; readonly tags: readonly Tag[] }): JSX.Element | null {
  if (props.tags.length === 0) return null;
  return (
    <>
      <h3>{props.title}</h3>
      <dl>
        {props.tags
          .toSorted((a, b) => (a.key < b.key ? -1 : 1))
          .map((tag, i) => (
            <div key={`${tag.key} ${i}`}>
              <dt>{tag.key}</dt>
              <dd>{String(tag.value)}</dd>
            </div>
          ))}
      </dl>
    </>
  );
}
