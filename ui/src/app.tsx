import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { lazy } from "./components/lazy.js";
import { Link } from "./components/link.js";
import { Empty } from "./components/notices.js";
import { HomePage } from "./pages/home/home.js";
import { ReportsPage } from "./pages/reports.js";
import { ServicesPage } from "./pages/services.js";
import { TracePage } from "./pages/trace/trace.js";
import { TracesPage } from "./pages/traces.js";
import { navigate, pagePaths, type Route, route } from "./route.js";

const ComparePage = lazy(async () => (await import("./pages/compare/compare.js")).default);
const MapPage = lazy(async () => (await import("./pages/map/map.js")).default);
const MetricsPage = lazy(async () => (await import("./pages/metrics/metrics.js")).default);

const titles: Readonly<Record<Route["page"], string>> = {
  home: "Home",
  services: "Services",
  map: "Map",
  traces: "Traces",
  trace: "Trace",
  compare: "Compare",
  metrics: "Metrics",
  reports: "Reports",
  unknown: "Not found",
};

/** The tabs, in the order in which they stand. */
const tabs = ["home", "services", "map", "traces", "metrics", "reports"] as const;

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
        <Link to="/" class="brand">
          Venturi
        </Link>
        <nav aria-label="Pages">
          {tabs.map((page) => (
            <Link
              key={page}
              to={pagePaths[page]}
              class="tab"
              current={
                current.page === page || (page === "traces" && (current.page === "trace" || current.page === "compare"))
              }
            >
              {titles[page]}
            </Link>
          ))}
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
    case "home":
      return <HomePage />;
    case "services":
      return <ServicesPage query={props.route.query} />;
    case "map":
      return <MapPage query={props.route.query} />;
    case "traces":
      return <TracesPage query={props.route.query} />;
    case "trace":
      return <TracePage id={props.route.id} query={props.route.query} />;
    case "compare":
      return <ComparePage query={props.route.query} />;
    case "metrics":
      return <MetricsPage query={props.route.query} />;
    case "reports":
      return <ReportsPage query={props.route.query} />;
    case "unknown":
      return (
        <Empty title="There is no such page">
          <p>
            Go to <Link to="/">Home</Link>, <Link to="/traces">Traces</Link> or <Link to="/reports">Reports</Link>.
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
