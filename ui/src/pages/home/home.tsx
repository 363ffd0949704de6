import type { JSX } from "preact";
import { type RedTrend, readRed, readRedTrends, type ServiceRed, shortName } from "../../api/red.js";
import { type ReportEntry, readReports } from "../../api/reports.js";
import { Link } from "../../components/link.js";
import { Command, Empty, Failure, Loading } from "../../components/notices.js";
import { ServiceName } from "../../components/service-name.js";
import { Sparkline } from "../../components/sparkline.js";
import { duration, minute, percent, rate } from "../../format/units.js";
import { useResource } from "../../resource.js";
import { address } from "../../route.js";

const refreshMs = 10_000;
const trend = { seconds: 1800, stepS: 30 };
const reportsMax = 5;
const servicesMax = 24;

/** What runs, how it does, and what the last load tests said: at one glance. */
export function HomePage(): JSX.Element {
  return (
    <div class="home">
      <Services />
      <Reports />
    </div>
  );
}

function Services(): JSX.Element {
  const { data, error } = useResource(
    "home",
    async (signal) => {
      const endS = Math.floor(Date.now() / 1000);
      const at = { startS: endS - trend.seconds, endS, stepS: trend.stepS };
      const [services, trends] = await Promise.all([readRed("5m", signal), readRedTrends(at, signal)]);
      return { services, trends, at };
    },
    refreshMs,
  );
  return (
    <section aria-label="Services">
      <div class="title">
        <h1>Services</h1>
        <small class="muted">last 5 minutes; the lines show half an hour</small>
      </div>
      <Failure error={error} />
      {!data && !error && <Loading />}
      {data?.services.length === 0 && <NoServices />}
      {data && data.services.length > 0 && (
        <ul class="tiles">
          {data.services.slice(0, servicesMax).map((service) => (
            <Tile key={service.job} service={service} trend={data.trends.get(service.job)} at={data.at} />
          ))}
        </ul>
      )}
      {data && data.services.length > servicesMax && (
        <p>
          <Link to="/services">All {data.services.length} services</Link>
        </p>
      )}
    </section>
  );
}

function NoServices(): JSX.Element {
  return (
    <Empty title="No requests in the last 5 minutes">
      <p>To see a Node.js application here, start it with one flag and send it a request:</p>
      <Command text="OTEL_SERVICE_NAME=my-app node --import @venturi/instrumentation/register app.js" />
      <p>If it runs already and nothing arrives:</p>
      <Command text="npx venturi doctor" />
      <p>
        Older requests are among the <Link to="/services?window=6h">services of the last 6 hours</Link> and the{" "}
        <Link to="/traces">traces</Link>.
      </p>
    </Empty>
  );
}

function Tile(props: {
  readonly service: ServiceRed;
  readonly trend: RedTrend | undefined;
  readonly at: { readonly startS: number; readonly endS: number };
}): JSX.Element {
  const { service, at } = props;
  const figures = [
    ["Requests/s", rate(service.rate), props.trend?.rate, false],
    ["Errors", percent(service.errors), props.trend?.errors, service.errors > 0.01],
    ["p95", duration(service.p95Us), props.trend?.p95Us, false],
  ] as const;
  return (
    <li class="card tile">
      <header>
        <Link to={address("/services", { service: service.job, window: "5m" })}>
          <ServiceName name={service.job} />
        </Link>
        <Link to={address("/traces", { service: shortName(service.job) })}>Traces</Link>
      </header>
      <dl>
        {figures.map(([name, text, points, bad]) => (
          <div key={name} class={bad ? "bad" : ""}>
            <dt>{name}</dt>
            <dd>
              {text}
              <Sparkline points={points ?? []} startS={at.startS} endS={at.endS} />
            </dd>
          </div>
        ))}
      </dl>
    </li>
  );
}

function Reports(): JSX.Element {
  const { data, error } = useResource("reports", readReports, refreshMs);
  return (
    <section aria-label="Load tests">
      <div class="title">
        <h2>Load tests</h2>
        {data && data.length > reportsMax && <Link to="/reports">All {data.length}</Link>}
      </div>
      <Failure error={error} />
      {data?.length === 0 && (
        <Empty title="No load test yet">
          <p>Put your own system under load and let Venturi name what limits it:</p>
          <Command text="npx venturi load run script.js" />
        </Empty>
      )}
      {data && data.length > 0 && <ReportLinks entries={data.slice(0, reportsMax)} />}
    </section>
  );
}

function ReportLinks(props: { readonly entries: readonly ReportEntry[] }): JSX.Element {
  return (
    <div class="report-list">
      <ul>
        {props.entries.map((entry) => (
          <li key={entry.id}>
            <Link to={address("/reports", { id: entry.id })} class="report-link">
              <time dateTime={entry.startedAt}>{minute(new Date(entry.startedAt))}</time>
              <span>{entry.verdict}</span>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}
