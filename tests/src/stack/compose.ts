import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** What the native stack needs to know of a service of `docker-compose.yml`. */
export interface ComposeService {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** `127.0.0.1:HOST:CONTAINER` */
  readonly ports?: readonly string[];
  /** `SOURCE:TARGET[:ro]`; a source that starts with `./` is a file or folder of the checkout, else a volume's name. */
  readonly volumes?: readonly string[];
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly profiles?: readonly string[];
}

export type ComposeServices = Readonly<Record<string, ComposeService>>;

/** The services of the checkout's `docker-compose.yml`, anchors and merges resolved. */
export function readCompose(root: string): ComposeServices {
  const file = join(root, "docker-compose.yml");
  return (parse(readFileSync(file, "utf8"), { merge: true }) as { services: ComposeServices }).services;
}

/** The names of the services that must be up first. */
export function dependenciesOf({ depends_on = [] }: ComposeService): readonly string[] {
  return Array.isArray(depends_on) ? depends_on : Object.keys(depends_on);
}

/** The port of this machine at which compose publishes a container's port, when it does. */
export function publishedPort({ ports = [] }: ComposeService, containerPort: number): number | undefined {
  const published = ports.map((port) => port.split(":")).find(([, , inside]) => Number(inside) === containerPort);
  return published === undefined ? undefined : Number(published[1]);
}
