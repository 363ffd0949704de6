import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { download, readOtlp } from "../../api/trace-file.js";
import { Failure } from "../../components/notices.js";
import { address, navigate } from "../../route.js";

/** What can be done with a trace: take it along, set it beside another, show its logs. */
export function TraceActions(props: {
  readonly traceId: string;
  readonly logCount: number;
  readonly showLogs: boolean;
  readonly onLogs: (show: boolean) => void;
}): JSX.Element {
  const { traceId, logCount } = props;
  const [other, setOther] = useState("");
  const [error, setError] = useState<Error>();
  const save = async (): Promise<void> => {
    try {
      download(await readOtlp(traceId, new AbortController().signal), `trace-${traceId}.otlp.json`);
      setError(undefined);
    } catch (cause) {
      setError(cause instanceof Error ? cause : new Error(String(cause)));
    }
  };
  return (
    <>
      <div class="actions">
        <button type="button" onClick={() => void save()}>
          Download OTLP JSON
        </button>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            const wanted = other.trim().toLowerCase();
            if (wanted !== "") navigate(address("/compare", { a: traceId, b: wanted }));
          }}
        >
          <input
            aria-label="Id of the trace to compare with"
            placeholder="Compare with trace id"
            value={other}
            spellcheck={false}
            autocomplete="off"
            onInput={(event) => setOther(event.currentTarget.value)}
          />{" "}
          <button type="submit">Compare</button>
        </form>
        {logCount > 0 && (
          <label>
            <input
              type="checkbox"
              checked={props.showLogs}
              onChange={(event) => props.onLogs(event.currentTarget.checked)}
            />{" "}
            {logCount === 1 ? "1 log line" : `${logCount} log lines`}
          </label>
        )}
      </div>
      <Failure error={error} />
    </>
  );
}
