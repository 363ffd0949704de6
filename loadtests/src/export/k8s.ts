import { readFile, stat } from "node:fs/promises";
import { basename, extname } from "node:path";
import { stringify } from "yaml";
import { LoadTestError, reasonOf } from "../load-test-error.js";

export interface K8sOptions {
  readonly script: string;
  /** How many pods share the load. */
  readonly parallelism: number;
  readonly namespace?: string;
  readonly k6Args: readonly string[];
  /** Where the pods send k6's samples; as `venturi load run` would. */
  readonly remoteWriteUrl?: string;
}

/** What the API server takes of a ConfigMap. */
const configMapMaxBytes = 1024 * 1024;

/**
 * The manifests by which k6-operator runs a script in several pods: a ConfigMap with the script and a `TestRun`.
 * @throws LoadTestError when the script cannot be read or is too large for a ConfigMap
 */
export async function k8sManifests(options: K8sOptions): Promise<string> {
  const { script, parallelism, namespace, k6Args, remoteWriteUrl } = options;
  const name = resourceName(script);
  const file = basename(script);
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  const argv = [
    ...(remoteWriteUrl === undefined ? [] : ["--out", "experimental-prometheus-rw"]),
    "--tag",
    `testid=${name}`,
  ];
  const env =
    remoteWriteUrl === undefined
      ? {}
      : { runner: { env: [{ name: "K6_PROMETHEUS_RW_SERVER_URL", value: remoteWriteUrl }] } };
  const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { [file]: await read(script) } };
  const testRun = {
    apiVersion: "k6.io/v1alpha1",
    kind: "TestRun",
    metadata,
    spec: {
      parallelism,
      script: { configMap: { name, file } },
      arguments: [...argv, ...k6Args].map(shellWord).join(" "),
      ...env,
    },
  };
  return `${stringify(configMap)}---\n${stringify(testRun)}`;
}

async function read(script: string): Promise<string> {
  try {
    const { size } = await stat(script);
    if (size > configMapMaxBytes) throw new LoadTestError(`${script} is larger than a ConfigMap may be (1 MiB)`);
    return await readFile(script, "utf8");
  } catch (error) {
    if (error instanceof LoadTestError) throw error;
    throw new LoadTestError(`cannot read ${script}: ${reasonOf(error)}`, { cause: error });
  }
}

/** RFC 1123, as Kubernetes wants names. */
function resourceName(script: string): string {
  const name = basename(script, extname(script))
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return `k6-${name.slice(0, 50) || "load"}`;
}

/** The operator splits the arguments as a shell does. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
