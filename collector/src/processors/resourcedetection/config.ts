import { z } from "zod";
import { durationMs, section, unsupported } from "../../config/schema-types.js";
import { DOCKER_ATTRIBUTES } from "./docker-detector.js";
import { HOSTNAME_SOURCES } from "./system/hostname.js";
import { SYSTEM_ATTRIBUTES } from "./system/system-detector.js";
import { togglesSchema } from "./toggles.js";

const DETECTORS = ["env", "system", "docker"] as const;

/** The other detectors of the Collector, each with a block of options of that name. */
const OTHERS = (
  "akamai aks alibaba_ecs azure consul digitalocean dynatrace ec2 ecs eks elasticbeanstalk gcp heroku hetzner " +
  "ibmcloud_classic ibmcloud_vpc k8s_api k8snode kubeadm lambda nova openshift oraclecloud scaleway tencent_cvm upcloud vultr"
).split(" ");

/** Options of the client with which those ask their clouds. */
const HTTP_CLIENT = (
  "auth compression compression_params cookies disable_keep_alives endpoint force_attempt_http2 headers " +
  "http2_ping_timeout http2_read_idle_timeout idle_conn_timeout max_conns_per_host max_idle_conns max_idle_conns_per_host " +
  "middlewares proxy_url read_buffer_size tls write_buffer_size"
).split(" ");

const THERE_ARE = `the detectors are ${DETECTORS.join(", ")}`;

function refused(names: readonly string[], why: string): Record<string, ReturnType<typeof unsupported>> {
  return Object.fromEntries(names.map((name) => [name, unsupported(why)]));
}

const detector = z.preprocess(
  (name) => (typeof name === "string" ? name.trim() : name),
  z.enum(DETECTORS, {
    error: ({ input }) =>
      OTHERS.includes(String(input))
        ? `not supported: the detector "${input}" is not there; ${THERE_ARE}`
        : `there is no detector "${input}"; ${THERE_ARE}`,
  }),
);

export const resourceDetectionSchema = z.strictObject({
  /** What they find out is merged; of an attribute that several know the first counts. */
  detectors: z.array(detector).min(1).default(["env"]),
  /** Whether what a resource says itself is replaced. */
  override: z.boolean().default(true),
  /** How long the collector's start waits for what is detected; a detector that fails tries again meanwhile. */
  timeout: durationMs("5s"),
  /** How often it is detected again; 0: only at the start. */
  refresh_interval: durationMs("0s"),
  system: section(
    z.strictObject({
      /** Asked in this order. An empty list is the default. */
      hostname_sources: z
        .array(z.enum(HOSTNAME_SOURCES))
        .default([])
        .transform((sources) => (sources.length === 0 ? (["dns", "os"] as const) : sources)),
      resource_attributes: togglesSchema(SYSTEM_ATTRIBUTES),
    }),
  ).prefault({}),
  docker: section(z.strictObject({ resource_attributes: togglesSchema(DOCKER_ATTRIBUTES) })).prefault({}),
  ...refused(
    OTHERS.filter((name) => name !== "dynatrace"),
    `the detector is not there; ${THERE_ARE}`,
  ),
  ...refused(HTTP_CLIENT, "no detector asks over this HTTP client"),
});

export type ResourceDetectionConfig = z.infer<typeof resourceDetectionSchema>;
