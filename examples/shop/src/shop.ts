import { fileURLToPath } from "node:url";
import { type Child, Children, type ChildSettings } from "./children.js";
import { type FaultName, faultNames, faults, type ServiceName } from "./faults.js";
import type { Strategy } from "./gateway/balancer.js";

export interface ShopSettings {
  /** Base URL of an OTLP/HTTP receiver, such as http://127.0.0.1:4318. */
  readonly otlpEndpoint: string;
  /** A Postgres to use; by default one of its own is started, and removed with the shop. */
  readonly databaseUrl?: string;
  /** A Redis for the product cache and the queue; by default a cache in the process, and a queue in Postgres. */
  readonly redisUrl?: string;
  /** Where the shop's own Postgres makes its folder; the system's temporary folder by default. */
  readonly dataDir?: string;
  /** How the gateway balances over catalog; round-robin by default. */
  readonly balancing?: Strategy;
  /** False starts the services without telemetry; so does OTEL_SDK_DISABLED=true in the environment. */
  readonly instrument?: boolean;
  /** Gets every line that a service writes. */
  readonly log?: (line: string) => void;
}

export interface Shop {
  readonly gatewayUrl: string;
  /** Base URLs by name: gateway, catalog-1, catalog-2, orders, payments, worker, network. */
  readonly services: Readonly<Record<string, string>>;
  /** Process ids by name, `postgres` (its keeper) included when the shop started it. */
  readonly processIds: Readonly<Record<string, number>>;
  readonly databaseUrl: string;
  /** Switches that fault on, with its default intensity, and all others off; resolves once it is in force. */
  setFault(name: FaultName | "none"): Promise<void>;
  /** Does about a fault that is on what a team would do: its `fix`, or takes it away. */
  fixFault(name: FaultName): Promise<void>;
  /** Ends every process and removes what the shop made; safe to call twice. */
  stop(): Promise<void>;
}

const root = fileURLToPath(new URL("..", import.meta.url));
/** So that a leak is felt in a demo of a minute, as in a container with a memory limit. */
const heapLimit = "--max-old-space-size=384";

/**
 * Starts the whole shop on free ports of 127.0.0.1, every service a process of its own. The processes end with the
 * caller, however that ends.
 * @throws Error that names the process that did not come up; the others have been ended by then.
 */
export async function startShop(settings: ShopSettings): Promise<Shop> {
  const children = new Children();
  try {
    return await startAll(settings, children);
  } catch (error) {
    await children.stopAll();
    throw error;
  }
}

async function startAll(settings: ShopSettings, children: Children): Promise<Shop> {
  const instrumented = settings.instrument ?? process.env.OTEL_SDK_DISABLED?.toLowerCase() !== "true";
  const start = (name: string, env: Record<string, string>, instrument = instrumented) =>
    children.start(serviceProcess(settings, name, env, instrument));

  const payments = start("payments", {});
  // Awaited below; without this its end would count as unhandled when Postgres fails first.
  payments.catch(() => {});
  const postgres = settings.databaseUrl === undefined ? await children.start(keeperProcess(settings)) : null;
  const databaseUrl = settings.databaseUrl ?? postgres!.listening.url!;
  const database = { DATABASE_URL: databaseUrl };
  const redis = settings.redisUrl === undefined ? {} : { REDIS_URL: settings.redisUrl };

  const startOrders = async (): Promise<Child[]> => {
    const network = await start("network", { UPSTREAM_URL: urlOf(await payments) }, false);
    const paymentsUrl = `http://127.0.0.1:${network.listening.hopPort}`;
    return [network, await start("orders", { ...database, ...redis, PAYMENTS_URL: paymentsUrl })];
  };
  const [catalog1, catalog2, worker, [network, orders]] = await Promise.all([
    start("catalog-1", { ...database, ...redis }),
    start("catalog-2", { ...database, ...redis }),
    start("worker", { ...database, ...redis }),
    startOrders(),
  ]);
  const gateway = await start("gateway", {
    CATALOG_URLS: [catalog1, catalog2].map(urlOf).join(","),
    ORDERS_URL: urlOf(orders!),
    BALANCING: settings.balancing ?? "round-robin",
  });

  const services = [gateway, catalog1, catalog2, orders!, await payments, worker, network!];
  const urls = Object.fromEntries(services.map((child) => [child.name, urlOf(child)]));
  return {
    gatewayUrl: urlOf(gateway),
    services: urls,
    processIds: Object.fromEntries([...services, ...(postgres ? [postgres] : [])].map(({ name, pid }) => [name, pid])),
    databaseUrl,
    setFault: (name) => setFault(urls, name),
    fixFault: (name) => switchFault(urls, name, faults[name].fix !== undefined, true),
    stop: async () => {
      // Services first: they close their connections in order before the database goes.
      await Promise.all(services.map((child) => child.stop()));
      await postgres?.stop();
    },
  };
}

function urlOf(child: Child): string {
  return `http://127.0.0.1:${child.listening.port}`;
}

function serviceProcess(
  settings: ShopSettings,
  instance: string,
  env: Record<string, string>,
  instrument: boolean,
): ChildSettings {
  const service = instance.replace(/-\d+$/, "");
  const given = process.env.OTEL_RESOURCE_ATTRIBUTES;
  return {
    name: instance,
    args: [
      heapLimit,
      ...(instrument ? ["--import", "@venturi/instrumentation/register"] : []),
      `dist/services/${service}.js`,
    ],
    cwd: root,
    env: {
      ...inheritedEnvironment(),
      INSTANCE: instance,
      OTEL_METRIC_EXPORT_INTERVAL: "2000",
      OTEL_METRIC_EXPORT_TIMEOUT: "2000",
      OTEL_BSP_SCHEDULE_DELAY: "1000",
      ...telemetryEnvironment(),
      OTEL_EXPORTER_OTLP_ENDPOINT: settings.otlpEndpoint,
      OTEL_SERVICE_NAME: service,
      OTEL_RESOURCE_ATTRIBUTES: [`service.instance.id=${instance}`, ...(given ? [given] : [])].join(","),
      ...env,
    },
    log: settings.log ?? (() => {}),
  };
}

function keeperProcess(settings: ShopSettings): ChildSettings {
  return {
    name: "postgres",
    args: ["dist/database/keeper.js", ...(settings.dataDir === undefined ? [] : [settings.dataDir])],
    cwd: root,
    env: inheritedEnvironment(),
    log: settings.log ?? (() => {}),
  };
}

/** What a process needs of the caller's environment; PORT, DATABASE_URL and the like of the caller are not meant for it. */
function inheritedEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, TEMP, TMP, SystemRoot, NODE_EXTRA_CA_CERTS } = process.env;
  return { NODE_ENV: "production", PATH, HOME, TMPDIR, TEMP, TMP, SystemRoot, NODE_EXTRA_CA_CERTS };
}

function telemetryEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(OTEL|VENTURI)_/.test(name)));
}

/** Instances of one service are switched one after the other: they may share what is switched, such as an index. */
async function setFault(urls: Readonly<Record<string, string>>, wanted: FaultName | "none"): Promise<void> {
  for (const fault of faultNames) {
    if (fault !== wanted) await switchFault(urls, fault, false);
  }
  if (wanted !== "none") await switchFault(urls, wanted, true);
}

async function switchFault(
  urls: Readonly<Record<string, string>>,
  fault: FaultName,
  enabled: boolean,
  fixed = false,
): Promise<void> {
  const service: ServiceName = faults[fault].switchedAt;
  for (const [name, url] of Object.entries(urls)) {
    if (name.replace(/-\d+$/, "") !== service) continue;
    const answer = await fetch(`${url}/faults`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ fault, enabled, fixed: enabled && fixed }),
    });
    if (!answer.ok) throw new Error(`cannot switch ${fault} at ${name}: ${await answer.text()}`);
  }
}
