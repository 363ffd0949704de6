import type { JSX } from "preact";
import { type ReportEntry, readReportPage, readReports, reportPage } from "../api/reports.js";
import { Link } from "../components/link.js";
import { Command, Empty, Failure, Loading } from "../components/notices.js";
import { minute } from "../format/units.js";
import { useResource } from "../resource.js";
import { address } from "../route.js";

const refreshMs = 5000;

/** The list of load test reports and one of them: the chosen one, or the newest. */
export function ReportsPage(props: { readonly query: URLSearchParams }): JSX.Element {
  const { data, error } = useResource("reports", readReports, refreshMs);
  const chosen = props.query.get("id") || data?.[0]?.id;
  return (
    <>
      <div class="title">
        <h1>Reports</h1>
      </div>
      <Failure error={error} />
      {!data && !error && <Loading />}
      {data?.length === 0 && (
        <Empty title="No load test yet">
          <p>Put your own system under load and let Venturi name what limits it:</p>
          <Command text="npx venturi load run script.js" />
          <p>Or watch it find a fault that was built into the demo shop:</p>
          <Command text="npx venturi demo --fault db-pool" />
        </Empty>
      )}
      {data && data.length > 0 && (
        <div class="reports">
          <ReportList entries={data} chosen={chosen ?? ""} />
          {chosen && <Report key={chosen} id={chosen} />}
        </div>
      )}
    </>
  );
}

function ReportList(props: { readonly entries: readonly ReportEntry[]; readonly chosen: string }): JSX.Element {
  return (
    <nav aria-label="Reports" class="report-list">
      <ul>
        {props.entries.map((entry) => (
          <li key={entry.id}>
            <Link to={address("/reports", { id: entry.id })} class="report-link" current={entry.id === props.chosen}>
              <time dateTime={entry.startedAt}>{minute(new Date(entry.startedAt))}</time>
              <span>{entry.verdict}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** The report in a frame without any right: no script, no form, no way out. */
function Report(props: { readonly id: string }): JSX.Element {
  const { data, error } = useResource(`report ${props.id}`, (signal) => readReportPage(props.id, signal));
  return (
    <section class="report" aria-label="Report">
      <p>
        <a href={reportPage(props.id)} target="_blank" rel="noreferrer">
          Open as a page of its own
        </a>
      </p>
      <Failure error={error} />
      {!data && !error && <Loading />}
      {data && <iframe title={`Report ${props.id}`} sandbox="" srcdoc={data} />}
    </section>
  );
}
