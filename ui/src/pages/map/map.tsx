import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { filterGraph, readServiceGraph, type ServiceGraph } from "../../api/service-graph.js";
import { Link } from "../../components/link.js";
import { Command, Empty, Failure, Loading } from "../../components/notices.js";
import { duration, percent, rate } from "../../format/units.js";
import { useResource } from "../../resource.js";
import { address, navigate } from "../../route.js";
import { MapDrawing } from "./drawing.js";
import "./map.css";

const windows: readonly (readonly [value: string, label: string, seconds: number])[] = [
  ["5m", "last 5 minutes", 300],
  ["15m", "last 15 minutes", 900],
  ["1h", "last hour", 3600],
  ["6h", "last 6 hours", 21_600],
];

const refreshMs = 10_000;

/** Who calls whom. The window, the filter and the chosen service are in the address. */
export default function MapPage(props: { readonly query: URLSearchParams }): JSX.Element {
  const { query } = props;
  const [window, , seconds] = windows.find(([value]) => value === query.get("window")) ?? ["15m", "", 900];
  const filter = query.get("filter") ?? "";
  const chosen = query.get("service") ?? "";
  const [shown, setShown] = useState(filter);
  const { data, error } = useResource(`map ${window}`, (signal) => readServiceGraph(seconds, signal), refreshMs);
  const graph = useMemo(() => data && filterGraph(data, filter), [data, filter]);
  const go = (change: Readonly<Record<string, string>>): void =>
    navigate(address("/map", { window: window === "15m" ? "" : window, filter, service: chosen, ...change }), true);

  return (
    <>
      <div class="title">
        <h1>Service map</h1>
        <select aria-label="Time range" value={window} onChange={(event) => go({ window: event.currentTarget.value })}>
          {windows.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <input
          type="search"
          aria-label="Filter by service"
          placeholder="Filter by service"
          value={shown}
          onInput={(event) => {
            setShown(event.currentTarget.value);
            go({ filter: event.currentTarget.value.trim() });
          }}
        />
      </div>
      <Failure error={error} />
      {!graph && !error && <Loading />}
      {graph?.nodes.length === 0 && <NoServices filter={filter} />}
      {graph && graph.nodes.length > 0 && (
        <>
          <MapDrawing graph={graph} chosen={chosen} onChoose={(service) => go({ service })} />
          <ChosenService graph={graph} name={chosen} />
        </>
      )}
    </>
  );
}

function NoServices(props: { readonly filter: string }): JSX.Element {
  if (props.filter !== "") {
    return (
      <Empty title="No service fits">
        <p>Shorten the filter, or look further back.</p>
      </Empty>
    );
  }
  return (
    <Empty title="No calls in this range">
      <p>The map is drawn from traces. Start a Node.js application with one flag and send it a request:</p>
      <Command text="OTEL_SERVICE_NAME=my-app node --import @venturi/instrumentation/register app.js" />
    </Empty>
  );
}

/** Calls to and from the chosen service, or all calls: the map as a table, which says what a picture cannot. */
function ChosenService(props: { readonly graph: ServiceGraph; readonly name: string }): JSX.Element {
  const { graph, name } = props;
  const known = graph.nodes.some((node) => node.name === name);
  const edges = graph.edges.filter(({ from, to }) => !known || from === name || to === name);
  const withMetrics = edges.some(({ errors }) => Number.isFinite(errors));
  return (
    <section aria-label="Calls">
      <div class="title">
        <h2>{known ? `Calls to and from ${name}` : "Calls"}</h2>
        {known && <Link to={address("/traces", { service: name })}>Traces of {name}</Link>}
        {known && <Link to={address("/services", { service: name })}>Operations of {name}</Link>}
      </div>
      {edges.length === 0 && <p class="muted">No call between services was seen.</p>}
      {edges.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        <section class="scroll" aria-label="Table of calls" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">Caller</th>
                <th scope="col">Called</th>
                <th scope="col" class="number">
                  Calls/s
                </th>
                {withMetrics && (
                  <>
                    <th scope="col" class="number">
                      Errors
                    </th>
                    <th scope="col" class="number">
                      p95
                    </th>
                  </>
                )}
              </tr>
            </thead>
            <tbody>
              {edges.map((edge) => (
                <tr key={`${edge.from} ${edge.to}`}>
                  <td>
                    <Link to={address("/traces", { service: edge.from })}>{edge.from}</Link>
                  </td>
                  <td>
                    <Link to={address("/traces", { service: edge.to })}>{edge.to}</Link>
                  </td>
                  <td class="number">{rate(edge.rate)}</td>
                  {withMetrics && (
                    <>
                      <td class={edge.errors > 0.01 ? "number bad" : "number"}>{percent(edge.errors)}</td>
                      <td class="number">{duration(edge.p95Us)}</td>
                    </>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}
