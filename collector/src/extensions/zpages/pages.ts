import type { ServiceSnapshot } from "../../component.js";
import type { PipelineLedger } from "../../ledger.js";
import { page, table } from "./html.js";

/** The page of a path; undefined when there is none. */
export function pageOf(path: string, service: ServiceSnapshot): string | undefined {
  switch (path) {
    case "/debug/servicez":
      return servicePage(service);
    case "/debug/pipelinez":
      return pipelinesPage(service);
    case "/debug/extensionz":
      return page(
        "Extensions",
        table(
          ["Extension"],
          service.extensions.map((id) => [id]),
        ),
      );
    case "/debug/featurez":
      return page("Feature gates", "<p>This collector has no feature gates: every option is in its configuration.</p>");
    case "/debug/tracez":
      return page(
        "Traces",
        "<p>This collector does not trace itself. Its metrics and its ledger are on the port of its telemetry.</p>",
      );
    default:
      return undefined;
  }
}

function servicePage(service: ServiceSnapshot): string {
  const seconds = Math.round((Date.now() - service.startedMs) / 1000);
  const { rss, heapUsed } = process.memoryUsage();
  const facts: [string, string | number][] = [
    ["Name", "venturi collector"],
    ["Version", service.version],
    ["Instance", service.instanceId],
    ["Node", process.version],
    ["Process", process.pid],
    ["Started", new Date(service.startedMs).toISOString()],
    ["Uptime, s", seconds],
    ["Resident memory, bytes", rss],
    ["Heap, bytes", heapUsed],
  ];
  const endpoints = service.endpoints.map(({ component, protocol, address }) => [component, protocol, address]);
  return page(
    "Service",
    `${table(["Fact", "Value"], facts)}
<h2>Endpoints</h2>
${table(["Component", "Protocol", "Address"], endpoints)}`,
  );
}

function pipelinesPage(service: ServiceSnapshot): string {
  const books = new Map(service.ledger.pipelines.map((one) => [one.pipeline, one]));
  const rows = service.pipelines.map(({ id, signal, receivers, processors, exporters }) => {
    const numbers = books.get(id);
    return [
      id,
      signal,
      receivers.join(", "),
      processors.join(" → "),
      exporters.join(", "),
      numbers?.accepted ?? 0,
      numbers?.refused ?? 0,
    ];
  });
  const head = ["Pipeline", "Signal", "Receivers", "Processors", "Exporters", "Accepted", "Refused"];
  const exitHead = ["Pipeline", "Exit", "Sent", "Queued", "Dropped", "Reasons"];
  const exits = service.ledger.pipelines.flatMap(exitRows);
  return page("Pipelines", `${table(head, rows)}\n<h2>Exits</h2>\n${table(exitHead, exits)}`);
}

function exitRows(books: PipelineLedger): (string | number)[][] {
  return Object.entries(books.exits).map(([id, { sent, queued, dropped }]) => {
    const total = Object.values(dropped).reduce((sum, items) => sum + items, 0);
    const reasons = Object.entries(dropped).map(([reason, items]) => `${reason} ${items}`);
    return [books.pipeline, id, sent, queued, total, reasons.join(", ")];
  });
}
