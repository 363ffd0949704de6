import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { allDashboards, ruleGroups } from "./index.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string): string => readFileSync(root + path, "utf8");

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string; readonly target: string };
  readonly command?: readonly string[];
  readonly user?: string;
  readonly mem_limit?: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly profiles?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly security_opt?: readonly string[];
}

interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const compose = parse(read("docker-compose.yml"), { merge: true }) as ComposeFile;
const services = Object.entries(compose.services);
const dockerfile = read("docker/Dockerfile");

describe("docker-compose.yml", () => {
  it.each(services)("%s is pinned, bounded and unprivileged", (_, service) => {
    expect(service.image).toMatch(/:v?\d+\.\d+[\w.-]*$/);
    expect(service.user).toBeTruthy();
    expect(service.user).not.toMatch(/^(root|0)(:|$)/);
    expect(service.mem_limit).toMatch(/^\d+[mg]$/);
    expect(service.security_opt).toContain("no-new-privileges:true");
  });

  it.each(services.filter(([, service]) => !service.profiles))("%s has a health check", (_, service) => {
    expect(service.healthcheck?.test[0]).toBe("CMD");
  });

  it.each(services)("%s publishes its ports on 127.0.0.1 only", (_, service) => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it.each(services)("%s mounts files that exist, and volumes that are declared", (_, service) => {
    for (const mount of service.volumes ?? []) {
      const [source = "", , mode] = mount.split(":");
      if (source.startsWith("./")) {
        expect(existsSync(root + source), source).toBe(true);
        expect(mode, `${mount} must not be writable`).toBe("ro");
      } else {
        expect(Object.keys(compose.volumes)).toContain(source);
      }
    }
  });

  it("publishes no port twice", () => {
    const ports = services.flatMap(([, service]) => service.ports?.map((port) => port.split(":")[1]) ?? []);
    expect(new Set(ports).size).toBe(ports.length);
  });

  it("holds no password", () => {
    for (const [, service] of services) {
      for (const [name, value] of Object.entries(service.environment ?? {})) {
        expect(name).not.toMatch(/PASSWORD|SECRET|TOKEN/);
        expect(value).not.toMatch(/:\/\/[^/@]+:[^/@]+@/);
      }
    }
  });

  it("keeps the database and the queue off every network that leads outside", () => {
    expect(compose.networks.shop?.internal).toBe(true);
    for (const name of ["postgres", "redis"]) {
      expect(compose.services[name]?.networks).toEqual(["shop"]);
      expect(compose.services[name]?.ports).toBeUndefined();
    }
  });

  it("builds from stages that the Dockerfile has, on a pinned base", () => {
    for (const [, service] of services) {
      if (service.build) expect(dockerfile).toContain(` AS ${service.build.target}\n`);
    }
    expect(dockerfile).toMatch(/^ARG NODE_IMAGE=node:\d+\.\d+\.\d+-\w+-slim$/m);
    expect(dockerfile.match(/^USER node$/gm)).toHaveLength(2);
  });

  it("gives k6 a script that is there", () => {
    const script = compose.services.k6?.command?.at(-1) ?? "";
    const [folder] = compose.services.k6?.volumes?.[0]?.split(":/scripts:") ?? [];
    expect(existsSync(root + script.replace("/scripts", folder ?? "")), script).toBe(true);
  });

  it("starts services that the shop has", () => {
    for (const [name, service] of services) {
      const entry = service.command?.find((argument) => argument.startsWith("dist/services/"));
      if (!entry) continue;
      const source = `examples/shop/${entry.replace("dist/", "src/").replace(/\.js$/, ".ts")}`;
      expect(existsSync(root + source), `${name}: ${source}`).toBe(true);
    }
  });
});

describe("docker/", () => {
  it("lets Prometheus load the rules that are built here", () => {
    const prometheus = parse(read("docker/prometheus.yaml")) as { rule_files: string[] };
    expect(prometheus.rule_files).toEqual(["rules.yaml"]);
    const mounted = compose.services.prometheus?.volumes?.find((mount) =>
      mount.endsWith(":/etc/prometheus/rules.yaml:ro"),
    );
    const rules = parse(read(mounted?.split(":")[0]?.slice(2) ?? "")) as { groups: unknown };
    expect(rules.groups).toEqual(ruleGroups);
  });

  it("sends alerts to a service of the stack, which routes them to a receiver that it has", () => {
    const { alerting } = parse(read("docker/prometheus.yaml")) as {
      alerting: { alertmanagers: readonly { static_configs: readonly { targets: readonly string[] }[] }[] };
    };
    const targets = alerting.alertmanagers.flatMap((one) => one.static_configs).flatMap((one) => one.targets);
    expect(targets).toEqual(["alertmanager:9093"]);
    expect(compose.services.alertmanager?.ports).toEqual(["127.0.0.1:9093:9093"]);
    interface Routing {
      readonly route: { readonly receiver: string };
      readonly receivers: readonly { readonly name: string }[];
      readonly inhibit_rules: readonly { readonly source_matchers: string[]; readonly target_matchers: string[] }[];
    }
    const routing = parse(read("docker/alertmanager.yaml")) as Routing;
    expect(routing.receivers.map(({ name }) => name)).toContain(routing.route.receiver);
    const alerts = ruleGroups.flatMap(({ rules }) => rules).flatMap((rule) => ("alert" in rule ? [rule.alert] : []));
    for (const { source_matchers, target_matchers } of routing.inhibit_rules) {
      for (const matcher of [...source_matchers, ...target_matchers]) {
        expect(alerts).toContain(matcher.replace("alertname = ", ""));
      }
    }
  });

  it("links metrics and traces by data sources that exist", () => {
    interface DataSource {
      readonly uid: string;
      readonly url: string;
      readonly jsonData: {
        readonly exemplarTraceIdDestinations?: readonly { readonly datasourceUid: string }[];
        readonly tracesToMetrics?: { readonly datasourceUid: string };
      };
    }
    const { datasources } = parse(read("docker/grafana/provisioning/datasources/datasources.yaml")) as {
      datasources: readonly DataSource[];
    };
    const uids = datasources.map((source) => source.uid);
    expect(uids).toEqual(["prometheus", "jaeger"]);
    for (const { url, jsonData } of datasources) {
      expect(Object.keys(compose.services)).toContain(new URL(url).hostname);
      for (const link of jsonData.exemplarTraceIdDestinations ?? []) expect(uids).toContain(link.datasourceUid);
      if (jsonData.tracesToMetrics) expect(uids).toContain(jsonData.tracesToMetrics.datasourceUid);
    }
  });

  it("shows one of the built dashboards as Grafana's home", () => {
    const home = compose.services.grafana?.environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH ?? "";
    const { providers } = parse(read("docker/grafana/provisioning/dashboards/dashboards.yaml")) as {
      providers: readonly [{ readonly options: { readonly path: string } }];
    };
    expect(home.startsWith(`${providers[0].options.path}/`)).toBe(true);
    const name = home.slice(providers[0].options.path.length + 1, -".json".length);
    expect(allDashboards().map((d) => d.uid)).toContain(`venturi-${name}`);
  });

  it("sends everything the collector receives to a service of the stack", () => {
    const addresses = [...read("docker/collector.yaml").matchAll(/\$\{env:\w+:-(?:http:\/\/)?([\w-]+):\d+\}/g)];
    expect(addresses.map(([, host]) => host)).toEqual(["jaeger", "prometheus"]);
    for (const [, host] of addresses) expect(Object.keys(compose.services)).toContain(host);
  });
});
