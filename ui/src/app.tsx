import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Link } from "./components/link.js";
import { Empty } from "./components/notices.js";
import { ReportsPage } from "./pages/reports.js";
import { ServicesPage } from "./pages/services.js";
import { TracePage } from "./pages/trace.js";
import { TracesPage } from "./pages/traces.js";
import { navigate, type Route, route } from "./route.js";

const titles: Readonly<Record<Route["page"], string>> = {
  services: "Services",
  traces: "Traces",
  trace: "Trace",
  reports: "Reports",
  unknown: "Not found",
};

/** The frame around every page. */
export function App(): JSX.Element {
  const current = route.value;
  useEffect(() => {
    document.title = `${titles[current.page]} · Venturi`;
  }, [current.page]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="top">
        <Link to="/services" class="brand">
          Venturi
        </Link>
        <nav aria-label="Pages">
          <Link to="/services" class="tab" current={current.page === "services"}>
            Services
          </Link>
          <Link to="/traces" class="tab" current={current.page === "traces" || current.page === "trace"}>
            Traces
          </Link>
          <Link to="/reports" class="tab" current={current.page === "reports"}>
            Reports
          </Link>
        </nav>
        <OpenTrace />
      </header>
      <main id="main" tabIndex={-1}>
        <Page route={current} />
      </main>
    </>
  );
}

function Page(props: { readonly route: Route }): JSX.Element {
  switch (props.route.page) {
    case "services":
      return <ServicesPage query={props.route.query} />;
    case "traces":
      return <TracesPage query={props.route.query} />;
    case "trace":
      return <TracePage id={props.route.id} query={props.route.query} />;
    case "reports":
      return <ReportsPage query={props.route.query} />;
    case "unknown":
      return (
        <Empty title="There is no such page">
          <p>
            Go to <Link to="/services">Services</Link>, <Link to="/traces">Traces</Link> or{" "}
            <Link to="/reports">Reports</Link>.
          </p>
        </Empty>
      );
  }
}

/** Jumps to a trace whose id came from a log line or a colleague. */
function OpenTrace(): JSX.Element {
  const [id, setId] = useState("");
  return (
    <search class="open-trace">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const wanted = id.trim().toLowerCase();
          if (wanted === "") return;
          navigate(`/traces/${encodeURIComponent(wanted)}`);
          setId("");
        }}
      >
        <input
          aria-label="Open a trace by its id"
          placeholder="Trace id"
          value={id}
          spellcheck={false}
          autocomplete="off"
          onInput={(event) => setId(event.currentTarget.value)}
        />
      </form>
    </search>
  );
}
