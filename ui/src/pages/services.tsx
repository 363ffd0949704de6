import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type Red, readRed, type ServiceRed, shortName } from "../api/red.js";
import { Link } from "../components/link.js";
import { Meter } from "../components/meter.js";
import { Command, Empty, Failure, Loading } from "../components/notices.js";
import { ServiceName } from "../components/service-name.js";
import { duration, percent, rate } from "../format/units.js";
import { useResource } from "../resource.js";
import { address, navigate } from "../route.js";

const windows: readonly (readonly [value: string, label: string])[] = [
  ["1m", "last minute"],
  ["5m", "last 5 minutes"],
  ["15m", "last 15 minutes"],
  ["1h", "last hour"],
  ["6h", "last 6 hours"],
];

const refreshMs = 5000;

/** Every service with its rate, errors and duration; one can be opened to see its operations. */
export function ServicesPage(props: { readonly query: URLSearchParams }): JSX.Element {
  const chosen = props.query.get("window");
  const window = windows.find(([value]) => value === chosen)?.[0] ?? "1m";
  const open = props.query.get("service") ?? "";
  const { data, error, at } = useResource(`red ${window}`, (signal) => readRed(window, signal), refreshMs);
  const go = (change: Record<string, string>): void =>
    navigate(address("/services", { window: window === "1m" ? "" : window, service: open, ...change }), true);

  return (
    <>
      <div class="title">
        <h1>Services</h1>
        <label>
          <span class="visually-hidden">Time range</span>
          <select value={window} onChange={(event) => go({ window: event.currentTarget.value })}>
            {windows.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
        {at > 0 && <small class="muted">updated {new Date(at).toLocaleTimeString("en-GB")}</small>}
      </div>
      <Failure error={error} />
      {!data && !error && <Loading />}
      {data?.length === 0 && <NoServices window={window} onWider={() => go({ window: "6h" })} />}
      {data && data.length > 0 && (
        <ServiceTable
          services={data}
          open={open}
          onToggle={(job) => go({ service: job === open || shortName(job) === open ? "" : job })}
        />
      )}
    </>
  );
}

function NoServices(props: { readonly window: string; readonly onWider: () => void }): JSX.Element {
  const label = windows.find(([value]) => value === props.window)?.[1];
  return (
    <Empty title={`No requests in the ${label}`}>
      {props.window !== "6h" && (
        <p>
          <button type="button" onClick={props.onWider}>
            Look at the last 6 hours
          </button>
        </p>
      )}
      <p>To see a Node.js application here, start it with one flag and send it a request:</p>
      <Command text="OTEL_SERVICE_NAME=my-app node --import @venturi/instrumentation/register app.js" />
      <p>
        Anything else that speaks OTLP can send to port 4318 (HTTP) or 4317 (gRPC) of this machine. If nothing arrives:
      </p>
      <Command text="npx venturi doctor" />
    </Empty>
  );
}

function ServiceTable(props: {
  readonly services: readonly ServiceRed[];
  readonly open: string;
  readonly onToggle: (job: string) => void;
}): JSX.Element {
  const all = props.services.flatMap((service) => [service, ...service.operations]);
  const slowest = Math.max(0, ...all.map((row) => row.p95Us).filter(Number.isFinite));
  return (
    <div class="scroll">
      <table class="red">
        <thead>
          <tr>
            <th scope="col">Service</th>
            <th scope="col" class="number">
              Requests/s
            </th>
            <th scope="col" class="number">
              Errors
            </th>
            <th scope="col" class="number median">
              p50
            </th>
            <th scope="col" class="number">
              p95
            </th>
            <th scope="col">
              <span class="visually-hidden">Traces</span>
            </th>
          </tr>
        </thead>
        {props.services.map((service) => (
          <ServiceRows
            key={service.job}
            service={service}
            slowestUs={slowest}
            open={service.job === props.open || shortName(service.job) === props.open}
            onToggle={() => props.onToggle(service.job)}
          />
        ))}
      </table>
    </div>
  );
}

function ServiceRows(props: {
  readonly service: ServiceRed;
  readonly slowestUs: number;
  readonly open: boolean;
  readonly onToggle: () => void;
}): JSX.Element {
  const { service } = props;
  const [showAll, setShowAll] = useState(false);
  const limit = 20;
  const shown = showAll ? service.operations : service.operations.slice(0, limit);
  const name = shortName(service.job);
  return (
    <tbody>
      <tr class="whole">
        <th scope="row">
          <button type="button" class="fold" aria-expanded={props.open} onClick={props.onToggle}>
            <ServiceName name={service.job} {...(service.source === "spans" && { note: "from traces" })} />
          </button>
        </th>
        <Numbers red={service} slowestUs={props.slowestUs} />
        <td>
          <Link to={address("/traces", { service: name })}>Traces</Link>
        </td>
      </tr>
      {props.open &&
        shown.map((row) => (
          <tr key={row.operation} class="part">
            <th scope="row">{row.operation}</th>
            <Numbers red={row} slowestUs={props.slowestUs} />
            <td>
              <Link to={address("/traces", { service: name, operation: row.operation })}>Traces</Link>
            </td>
          </tr>
        ))}
      {props.open && service.operations.length > shown.length && (
        <tr class="part">
          <td colSpan={6}>
            <button type="button" onClick={() => setShowAll(true)}>
              Show {service.operations.length - shown.length} more
            </button>
          </td>
        </tr>
      )}
    </tbody>
  );
}

function Numbers(props: { readonly red: Red; readonly slowestUs: number }): JSX.Element {
  const { red } = props;
  return (
    <>
      <td class="number">{rate(red.rate)}</td>
      <td class={red.errors > 0.01 ? "number bad" : "number"}>{percent(red.errors)}</td>
      <td class="number median">{duration(red.p50Us)}</td>
      <td class="number">
        <Meter text={duration(red.p95Us)} share={red.p95Us / props.slowestUs} />
      </td>
    </>
  );
}
