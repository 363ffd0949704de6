import { isIP } from "node:net";
import type { Owner } from "./scraped-series.js";
import type { Target } from "./targets.js";

/** What Kubernetes discovery tells about a target, by the name that resources have for it. */
const KUBERNETES: Readonly<Record<string, string>> = {
  __meta_kubernetes_pod_name: "k8s.pod.name",
  __meta_kubernetes_pod_uid: "k8s.pod.uid",
  __meta_kubernetes_pod_container_name: "k8s.container.name",
  __meta_kubernetes_namespace: "k8s.namespace.name",
  __meta_kubernetes_pod_node_name: "k8s.node.name",
  __meta_kubernetes_node_name: "k8s.node.name",
  __meta_kubernetes_endpoint_node_name: "k8s.node.name",
};
const CONTROLLERS: Readonly<Record<string, string>> = {
  ReplicaSet: "k8s.replicaset.name",
  DaemonSet: "k8s.daemonset.name",
  StatefulSet: "k8s.statefulset.name",
  Job: "k8s.job.name",
  CronJob: "k8s.cronjob.name",
};

/** The resource of a series: its job and instance, where the instance is, and what discovery told about the target. */
export function resourceAttributes({ job, instance }: Owner, target: Target): Record<string, string> {
  const { host, port } = splitHostPort(instance);
  const attributes: Record<string, string> = { "service.name": job };
  if (isDiscernible(host)) attributes["server.address"] = host;
  attributes["service.instance.id"] = instance;
  attributes["server.port"] = port;
  attributes["url.scheme"] = target.discovered.get("__scheme__") ?? "";
  for (const [label, name] of Object.entries(KUBERNETES)) {
    const value = target.discovered.get(label);
    if (value) attributes[name] = value;
  }
  const kind = CONTROLLERS[target.discovered.get("__meta_kubernetes_pod_controller_kind") ?? ""];
  const controller = target.discovered.get("__meta_kubernetes_pod_controller_name");
  if (kind !== undefined && controller) attributes[kind] = controller;
  return attributes;
}

/** As Go's net.SplitHostPort; what it refuses is a host without a port. */
function splitHostPort(instance: string): { host: string; port: string } {
  const match = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]*)$/.exec(instance);
  return match === null ? { host: instance, port: "" } : { host: match[1] ?? match[2] ?? "", port: match[3] as string };
}

/** Whether others could reach the host by this name. */
function isDiscernible(host: string): boolean {
  if (isIP(host) === 4) return !host.startsWith("127.") && host !== "0.0.0.0";
  if (isIP(host) === 6) return host !== "::1" && host !== "::";
  return host !== "localhost";
}
