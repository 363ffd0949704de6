import type { JSX } from "preact";
import { compareTraces, type TraceComparison } from "../../api/venturi.js";
import { Link } from "../../components/link.js";
import { Empty, Failure, Loading } from "../../components/notices.js";
import { ServiceName } from "../../components/service-name.js";
import { duration, timestamp } from "../../format/units.js";
import { useResource } from "../../resource.js";
import { address, navigate } from "../../route.js";
import "./compare.css";

const pathsMax = 200;

/** Two traces beside each other, by operation: where the time went that one has more than the other. */
export default function ComparePage(props: { readonly query: URLSearchParams }): JSX.Element {
  const [a, b] = [props.query.get("a") ?? "", props.query.get("b") ?? ""];
  return (
    <>
      <div class="title">
        <h1>Compare two traces</h1>
      </div>
      <form
        class="search"
        onSubmit={(event) => {
          event.preventDefault();
          const ids = new FormData(event.currentTarget);
          const id = (name: string): string => String(ids.get(name)).trim().toLowerCase();
          navigate(address("/compare", { a: id("a"), b: id("b") }));
        }}
      >
        <label>
          A
          <input key={a} name="a" required defaultValue={a} placeholder="Trace id" spellcheck={false} />
        </label>
        <label>
          B
          <input key={b} name="b" required defaultValue={b} placeholder="Trace id" spellcheck={false} />
        </label>
        <button type="submit" class="primary">
          Compare
        </button>
      </form>
      {a !== "" && b !== "" ? (
        <Comparison a={a} b={b} />
      ) : (
        <Empty title="Which two?">
          <p>
            Type two trace ids, or open one of <Link to="/traces">the traces</Link> and compare it from there.
          </p>
        </Empty>
      )}
    </>
  );
}

function Comparison(props: { readonly a: string; readonly b: string }): JSX.Element {
  const { a, b } = props;
  const { data, error } = useResource(`compare ${a} ${b}`, (signal) => compareTraces(a, b, signal));
  if (error) return <Failure error={error} />;
  if (!data) return <Loading />;
  const delta = data.b.durationUs - data.a.durationUs;
  return (
    <>
      <p class="facts">
        {(["a", "b"] as const).map((side) => (
          <span key={side}>
            <Link to={`/traces/${data[side].traceId}`}>{side.toUpperCase()}</Link>{" "}
            <b>{duration(data[side].durationUs)}</b>, {data[side].spans} spans, {timestamp(data[side].startUs)}
          </span>
        ))}
        <span>
          B is{" "}
          <b>{delta === 0 ? "as long as" : `${duration(Math.abs(delta))} ${delta > 0 ? "longer" : "shorter"} than`}</b>{" "}
          A
        </span>
      </p>
      <PathTable comparison={data} />
    </>
  );
}

function PathTable(props: { readonly comparison: TraceComparison }): JSX.Element {
  const { paths } = props.comparison;
  const largest = Math.max(1, ...paths.map(({ delta }) => Math.abs(delta.selfUs)));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section class="scroll" aria-label="Operations" tabIndex={0}>
      <table class="compare">
        <thead>
          <tr>
            <th scope="col">Operation</th>
            <th scope="col" class="number">
              Spans A → B
            </th>
            <th scope="col" class="number">
              Own time A
            </th>
            <th scope="col" class="number">
              Own time B
            </th>
            <th scope="col" class="number">
              Change
            </th>
          </tr>
        </thead>
        <tbody>
          {paths.slice(0, pathsMax).map(({ path, a, b, delta }) => {
            const last = path.at(-1);
            return (
              <tr key={JSON.stringify(path)}>
                <th scope="row" title={path.map(({ service, operation }) => `${service} ${operation}`).join(" › ")}>
                  <span class="operation" style={{ paddingLeft: `${Math.min(path.length - 1, 10) * 10}px` }}>
                    <ServiceName name={last?.service ?? ""} /> {last?.operation}
                  </span>
                </th>
                <td class="number">{a.count === b.count ? a.count : `${a.count} → ${b.count}`}</td>
                <td class="number">{a.count === 0 ? "–" : duration(a.selfUs)}</td>
                <td class="number">{b.count === 0 ? "–" : duration(b.selfUs)}</td>
                <td class="number">
                  <Change us={delta.selfUs} largestUs={largest} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {paths.length > pathsMax && <p class="muted">and {paths.length - pathsMax} with less change</p>}
    </section>
  );
}

/** A bar to the right of the middle for more time in B, to the left for less. */
function Change(props: { readonly us: number; readonly largestUs: number }): JSX.Element {
  const { us } = props;
  const share = (Math.abs(us) / props.largestUs) * 50;
  const sign = us > 0 ? "+" : us < 0 ? "−" : "";
  return (
    <span class="change">
      <span
        class={us > 0 ? "more" : "less"}
        style={us > 0 ? { left: "50%", width: `${share}%` } : { right: "50%", width: `${share}%` }}
      />
      <span class="text">
        {sign}
        {duration(Math.abs(us))}
      </span>
    </span>
  );
}
