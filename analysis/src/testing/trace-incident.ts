import { seededRandom } from "../random.js";
import type { CpuSample, TraceIncident, TraceSpan } from "../rca-traces/model.js";

/** What goes wrong, where; `none` for an uneventful issue. */
export interface SyntheticFault {
  readonly kind: "delay" | "starvation" | "code" | "none";
  readonly service: string;
}

interface Call {
  readonly service: string;
  readonly operation: string;
  readonly calls: readonly Call[];
}

const call = (service: string, operation: string, ...calls: Call[]): Call => ({ service, operation, calls });

const price = call("price", "/quote", call("price-store", "SELECT prices"));
const stock = call("stock", "/reserve");
const users = call("users", "/user", call("profile", "/profile"));

/** A small shop's requests: services shared by several callers, one behind a single caller, one that only works. */
const requests: readonly Call[] = [
  call("gateway", "GET /search", call("search", "/find", price, call("catalog", "/items"))),
  call("gateway", "POST /order", call("orders", "/create", users, stock, price, call("payment", "/charge"))),
  call("gateway", "GET /cart", call("cart", "/show", users, call("catalog", "/items"), stock)),
];

/** Services at which every kind of fault can show: they are called by others, and call others. */
export const faultyServices = ["search", "orders", "cart", "price", "users"] as const;

/**
 * A seeded incident with a known cause, in traces: a minute of ordinary requests, and three more in which the fault begins
 * at the alert. Own times and hops are log-normal with an occasional pause of some hundred milliseconds anywhere, as a
 * garbage collection or a busy host makes them.
 */
export function syntheticIncident(seed: number, fault: SyntheticFault): TraceIncident {
  const random = seededRandom(seed);
  const alertTimeS = 1_700_000_060;
  const issueStartUnixUs = (alertTimeS - 60) * 1e6;
  const traffic = (seconds: number, faultFromS: number): TraceSpan[] => {
    const spans: TraceSpan[] = [];
    for (let second = 0; second < seconds; second += 0.5 + random()) {
      const request = requests[Math.floor(random() * requests.length)] ?? price;
      const active = fault.kind !== "none" && second >= faultFromS ? fault : null;
      new Tracer(random, String(spans.length), active, spans).run(request, null, second * 1e6);
    }
    return spans;
  };
  return {
    normal: traffic(60, Number.POSITIVE_INFINITY),
    issue: traffic(180, 60),
    issueStartUnixUs,
    alertTimeS,
    cpu: cpuUse(random, alertTimeS, fault),
  };
}

/** Standard normal, by Box and Muller. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function cpuUse(random: () => number, alertTimeS: number, fault: SyntheticFault): Map<string, CpuSample[]> {
  const cpu = new Map<string, CpuSample[]>();
  for (const service of ["gateway", "catalog", "payment", "stock", ...faultyServices]) {
    const samples: CpuSample[] = [];
    for (let minute = -25; minute <= 3; minute++) {
      const starved = fault.kind === "starvation" && fault.service === service && minute > 0;
      const cpuPercent = starved ? 95 + 5 * random() : Math.min(60, Math.exp(normal(random)));
      samples.push({ timeS: alertTimeS + minute * 60, cpuPercent });
    }
    cpu.set(service, samples);
  }
  return cpu;
}

class Tracer {
  readonly #random: () => number;
  readonly #traceId: string;
  readonly #fault: SyntheticFault | null;
  readonly #spans: TraceSpan[];
  #next = 0;

  constructor(random: () => number, traceId: string, fault: SyntheticFault | null, spans: TraceSpan[]) {
    this.#random = random;
    this.#traceId = traceId;
    this.#fault = fault;
    this.#spans = spans;
  }

  /** Writes the spans of one operation and all below it. @returns when it ended, and whether it broke off */
  run(
    { service, operation, calls }: Call,
    parentSpanId: string | null,
    startUs: number,
  ): { endUs: number; broken: boolean } {
    const spanId = String(this.#next++);
    const breaks = this.#is("code", service) && this.#random() < 0.7;
    let endUs = startUs + this.#work(service);
    let broken = breaks;
    for (const called of breaks ? calls.slice(0, -1) : calls) {
      const clientId = String(this.#next++);
      const hopUs = this.#hop(service, called.service);
      const answer = this.run(called, clientId, endUs + hopUs / 2);
      this.#write(clientId, spanId, service, "HTTP call", endUs, answer.endUs + hopUs / 2);
      endUs = answer.endUs + hopUs / 2 + this.#work(service) / 4;
      broken ||= answer.broken;
      if (answer.broken) break;
    }
    this.#write(spanId, parentSpanId, service, operation, startUs, endUs);
    return { endUs, broken };
  }

  #is(kind: SyntheticFault["kind"], service: string): boolean {
    return this.#fault?.kind === kind && this.#fault.service === service;
  }

  #work(service: string): number {
    const pauseUs = this.#random() < 0.02 ? 300_000 * this.#random() : 0;
    return 2000 * Math.exp(0.5 * normal(this.#random)) * (this.#is("starvation", service) ? 10 : 1) + pauseUs;
  }

  #hop(caller: string, callee: string): number {
    const starved = this.#is("starvation", caller) || this.#is("starvation", callee);
    const delayUs = this.#is("delay", callee) ? 500_000 : 0;
    return 1500 * Math.exp(0.4 * normal(this.#random)) * (starved ? 15 : 1) + delayUs;
  }

  #write(
    spanId: string,
    parentSpanId: string | null,
    service: string,
    operation: string,
    startUs: number,
    endUs: number,
  ) {
    const durationUs = Math.round(endUs - startUs);
    const traceId = this.#traceId;
    this.#spans.push({ traceId, spanId, parentSpanId, service, operation, startUs: Math.round(startUs), durationUs });
  }
}
