import type { JSX } from "preact";
import { findTraces, readOperations, readServices, type TraceQuery } from "../api/jaeger.js";
import { Link } from "../components/link.js";
import { Meter } from "../components/meter.js";
import { Command, Empty, Failure, Loading } from "../components/notices.js";
import { Scatter } from "../components/scatter.js";
import { ServiceName } from "../components/service-name.js";
import { duration, timestamp } from "../format/units.js";
import { useResource } from "../resource.js";
import { address, navigate } from "../route.js";
import { summarize, type TraceSummary } from "../trace-tree.js";

const lookbacks: readonly (readonly [value: string, label: string, seconds: number])[] = [
  ["15m", "last 15 minutes", 900],
  ["1h", "last hour", 3600],
  ["6h", "last 6 hours", 21_600],
  ["2d", "last 2 days", 172_800],
];

const refreshMs = 15_000;

interface Form {
  readonly service: string;
  readonly operation: string;
  readonly tags: string;
  readonly errors: string;
  readonly min: string;
  readonly max: string;
  readonly limit: string;
  readonly back: string;
  readonly sort: string;
}

function readForm(query: URLSearchParams): Form {
  const get = (name: string, otherwise = ""): string => query.get(name) || otherwise;
  return {
    service: get("service"),
    operation: get("operation"),
    tags: get("tags"),
    errors: get("errors"),
    min: get("min"),
    max: get("max"),
    limit: get("limit", "20"),
    back: get("back", "1h"),
    sort: get("sort", "newest"),
  };
}

/** The search form and what it found. The address holds the search. */
export function TracesPage(props: { readonly query: URLSearchParams }): JSX.Element {
  const given = readForm(props.query);
  const services = useResource("services", readServices, 10_000);
  const service = given.service || services.data?.[0] || "";
  const form = { ...given, service };
  return (
    <>
      <div class="title">
        <h1>Traces</h1>
      </div>
      <Failure error={services.error} />
      {services.data?.length === 0 ? (
        <Empty title="No traces yet">
          <p>Start a Node.js application with one flag and send it a request:</p>
          <Command text="OTEL_SERVICE_NAME=my-app node --import @venturi/instrumentation/register app.js" />
        </Empty>
      ) : (
        <>
          <SearchForm key={`${service} ${props.query}`} form={form} services={services.data ?? [service]} />
          {service !== "" && <Results form={form} />}
        </>
      )}
    </>
  );
}

function SearchForm(props: { readonly form: Form; readonly services: readonly string[] }): JSX.Element {
  const { form } = props;
  const operations = useResource(`operations ${form.service}`, (signal) =>
    form.service === "" ? Promise.resolve([]) : readOperations(form.service, signal),
  );
  const search = (element: HTMLFormElement, change: Record<string, string> = {}): void => {
    const entries = [...new FormData(element)].map(([name, value]) => [name, String(value).trim()] as const);
    navigate(address("/traces", { ...Object.fromEntries(entries), ...change }));
  };
  return (
    <form
      class="search"
      onSubmit={(event) => {
        event.preventDefault();
        search(event.currentTarget);
      }}
    >
      <label>
        Service
        <select
          name="service"
          onChange={(event) => event.currentTarget.form && search(event.currentTarget.form, { operation: "" })}
        >
          {props.services.map((name) => (
            <option key={name} selected={name === form.service}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        Operation
        <input name="operation" list="operations" defaultValue={form.operation} placeholder="all" autocomplete="off" />
        <datalist id="operations">
          {operations.data?.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </label>
      <label class="wide">
        Tags
        <input name="tags" defaultValue={form.tags} placeholder='error=true http.route="/orders"' spellcheck={false} />
      </label>
      <DurationField name="min" label="Slower than" value={form.min} placeholder="100ms" />
      <DurationField name="max" label="Faster than" value={form.max} placeholder="2s" />
      <label>
        Within
        <select name="back">
          {lookbacks.map(([value, label]) => (
            <option key={value} value={value} selected={value === form.back}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label>
        At most
        <select name="limit">
          {["20", "50", "100", "200", "1000"].map((value) => (
            <option key={value} selected={value === form.limit}>
              {value}
            </option>
          ))}
        </select>
      </label>
      <label>
        Order
        <select name="sort">
          <option value="newest">newest first</option>
          <option value="slowest" selected={form.sort === "slowest"}>
            slowest first
          </option>
        </select>
      </label>
      <label class="check">
        <input type="checkbox" name="errors" value="only" defaultChecked={form.errors !== ""} /> Errors only
      </label>
      <button type="submit" class="primary">
        Search
      </button>
    </form>
  );
}

function DurationField(props: {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly placeholder: string;
}): JSX.Element {
  return (
    <label>
      {props.label}
      <input
        name={props.name}
        defaultValue={props.value}
        placeholder={props.placeholder}
        pattern="\s*\d+(\.\d+)?\s*(us|µs|ms|s|m)\s*"
        title="A number and a unit: 100ms, 1.5s"
      />
    </label>
  );
}

function Results(props: { readonly form: Form }): JSX.Element {
  const { form } = props;
  const query: TraceQuery = {
    service: form.service,
    operation: form.operation,
    tags: form.tags,
    errors: form.errors !== "",
    minDuration: form.min,
    maxDuration: form.max,
    limit: form.limit,
    lookbackS: lookbacks.find(([value]) => value === form.back)?.[2] ?? 3600,
  };
  const found = useResource(
    `traces ${JSON.stringify(query)}`,
    async (signal) => (await findTraces(query, signal)).map(summarize),
    refreshMs,
  );
  if (found.error) return <Failure error={found.error} />;
  if (!found.data) return <Loading />;
  if (found.data.length === 0) {
    return (
      <Empty title="No trace fits">
        <p>Take a condition away, or look further back.</p>
      </Empty>
    );
  }
  return (
    <>
      <Scatter traces={found.data} />
      <TraceList traces={found.data} slowestFirst={form.sort === "slowest"} />
    </>
  );
}

function TraceList(props: { readonly traces: readonly TraceSummary[]; readonly slowestFirst: boolean }): JSX.Element {
  const slowest = Math.max(...props.traces.map((trace) => trace.rootDurationUs));
  const sorted = props.traces.toSorted((a, b) =>
    props.slowestFirst ? b.rootDurationUs - a.rootDurationUs : b.startUs - a.startUs,
  );
  return (
    <ol class="traces" aria-label={`${sorted.length} traces`}>
      {sorted.map((trace) => (
        <li key={trace.traceId}>
          <Link to={`/traces/${trace.traceId}`} class="trace-link">
            <span class="what">
              <ServiceName name={trace.rootService} /> <b>{trace.rootOperation}</b>
            </span>
            <Meter
              text={duration(trace.rootDurationUs)}
              share={trace.rootDurationUs / slowest}
              bad={trace.errorCount > 0}
            />
            <span class="facts">
              <time>{timestamp(trace.startUs)}</time>
              <span>{trace.spanCount === 1 ? "1 span" : `${trace.spanCount} spans`}</span>
              {trace.errorCount > 0 && (
                <span class="bad">{trace.errorCount === 1 ? "1 error" : `${trace.errorCount} errors`}</span>
              )}
              {[...trace.services].map(([name, count]) => (
                <ServiceName key={name} name={name} note={String(count)} />
              ))}
            </span>
          </Link>
        </li>
      ))}
    </ol>
  );
}
