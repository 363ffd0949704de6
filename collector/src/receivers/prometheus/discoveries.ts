import type { DiscoveryFactory } from "./discovery/discovery.js";
import { dnsDiscovery } from "./discovery/dns.js";
import { fileDiscovery } from "./discovery/file.js";
import { httpDiscovery } from "./discovery/http.js";
import { staticDiscovery } from "./discovery/static.js";

// As with components, `create` is a method and so bivariant: a discovery gets back what its own schema made.
export type AnyDiscovery = DiscoveryFactory<unknown>;

/** Every kind of service discovery. */
export const discoveries: readonly AnyDiscovery[] = [
  staticDiscovery,
  fileDiscovery,
  dnsDiscovery,
  httpDiscovery,
] as readonly AnyDiscovery[];

/** Kinds that Prometheus has and this receiver has not: refused by name. */
export const missingDiscoveries: readonly string[] = [
  "azure",
  "consul",
  "digitalocean",
  "docker",
  "dockerswarm",
  "ec2",
  "eureka",
  "gce",
  "hetzner",
  "ionos",
  "kubernetes",
  "kuma",
  "lightsail",
  "linode",
  "marathon",
  "nerve",
  "nomad",
  "openstack",
  "ovhcloud",
  "puppetdb",
  "scaleway",
  "serverset",
  "stackit",
  "triton",
  "uyuni",
  "vultr",
].map((name) => `${name}_sd_configs`);
