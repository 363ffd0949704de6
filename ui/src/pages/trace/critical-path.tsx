import type { JSX } from "preact";
import type { CriticalPath } from "../../api/venturi.js";
import { Meter } from "../../components/meter.js";
import { ServiceName } from "../../components/service-name.js";
import { duration, percent } from "../../format/units.js";

const operationsMax = 8;

/** What the request waited for, by operation. Broken traces have no critical path; then the reason is told. */
export function CriticalPathSummary(props: {
  readonly path: CriticalPath | undefined;
  readonly error: Error | undefined;
}): JSX.Element | null {
  const { path, error } = props;
  if (error) return <p class="muted">No critical path: {error.message}</p>;
  const longest = path?.operations[0];
  if (!path || !longest) return null;
  return (
    <details class="critical-path">
      <summary>
        <i class="critical-key" /> Critical path: {percent(longest.share)} in <b>{longest.operation}</b> of{" "}
        {longest.service}
      </summary>
      <ul class="shares">
        {path.operations.slice(0, operationsMax).map(({ service, operation, durationUs, share }) => (
          <li key={`${service} ${operation}`} class="share">
            <span>
              <ServiceName name={service} /> {operation}
            </span>
            <Meter text={`${duration(durationUs)} · ${percent(share)}`} share={share} />
          </li>
        ))}
      </ul>
    </details>
  );
}
