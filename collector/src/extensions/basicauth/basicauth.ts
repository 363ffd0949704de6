import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { type AuthFailure, type AuthHeaders, headerOf } from "../../auth/authenticator.js";
import { WatchedSecret } from "../../auth/watched-secret.js";
import { type ComponentHost, type Extension, type ExtensionFactory, StartError } from "../../component.js";
import { section } from "../../config/schema-types.js";
import { Htpasswd } from "./htpasswd.js";

const schema = z
  .strictObject({
    htpasswd: section(
      z
        .strictObject({ file: z.string().optional(), inline: z.string().optional() })
        .refine((it) => Boolean(it.file) || Boolean(it.inline), "no credential source provided: set file or inline"),
    ).optional(),
    client_auth: section(
      z.strictObject({
        username: z.string().default(""),
        username_file: z.string().optional(),
        password: z.string().default(""),
        password_file: z.string().optional(),
      }),
    ).optional(),
  })
  .refine((it) => it.htpasswd === undefined || it.client_auth === undefined, {
    message: "only one of `htpasswd` or `client_auth` can be specified",
  })
  .refine((it) => it.htpasswd !== undefined || it.client_auth !== undefined, {
    message: "no credential source provided: set htpasswd for a receiver or client_auth for an exporter",
  });

export type BasicAuthConfig = z.infer<typeof schema>;

/** HTTP's basic authentication, for receivers (`htpasswd`) or for exporters (`client_auth`). */
export const basicAuthExtension: ExtensionFactory<BasicAuthConfig> = {
  kind: "extension",
  type: "basicauth",
  aliases: ["basic_auth"],
  schema,
  create: ({ htpasswd, client_auth }, host) =>
    htpasswd === undefined ? clientExtension(client_auth ?? {}, host) : new BasicAuthServer(htpasswd, host),
};

/** How many right credentials are remembered: hashes are slow by design, and a client sends the same ones every time. */
const REMEMBERED = 1000;

class BasicAuthServer implements Extension {
  readonly authenticator = { authenticate: (headers: AuthHeaders) => this.check(headers) };
  private readonly config: NonNullable<BasicAuthConfig["htpasswd"]>;
  private readonly host: ComponentHost;
  private users: Htpasswd | undefined;
  /** Digests of headers that were right. */
  private readonly known = new Set<string>();

  constructor(config: NonNullable<BasicAuthConfig["htpasswd"]>, host: ComponentHost) {
    this.config = config;
    this.host = host;
  }

  async start(): Promise<void> {
    const { file, inline } = this.config;
    // Inline lines come last, so that they win.
    const text = `${file ? this.read(file) : ""}\n${inline ?? ""}`;
    this.users = new Htpasswd(text, (line, why) => this.host.log.warn("a line of htpasswd is left out", { line, why }));
  }

  async shutdown(): Promise<void> {
    this.known.clear();
  }

  private read(file: string): string {
    try {
      return readFileSync(file, "utf8");
    } catch (error) {
      const what = `extension "${this.host.id.text}": cannot read htpasswd::file "${file}"`;
      throw new StartError(`cannot start ${what}: ${(error as Error).message}`, { cause: error });
    }
  }

  private check(headers: AuthHeaders): AuthFailure | undefined {
    const header = headerOf(headers, "authorization");
    if (header === undefined || header === "") return refuse("no basic auth provided");
    if (!/^basic /i.test(header)) return refuse("invalid authorization scheme prefix");
    const credentials = decode(header.slice("basic ".length));
    const colon = credentials?.indexOf(":") ?? -1;
    if (credentials === undefined || colon < 0) return refuse("invalid authorization format");
    const digest = createHash("sha256").update(credentials).digest("base64");
    if (this.known.has(digest)) return undefined;
    if (this.users?.matches(credentials.slice(0, colon), credentials.slice(colon + 1)) !== true) {
      return refuse("invalid credentials");
    }
    if (this.known.size >= REMEMBERED) this.known.clear();
    this.known.add(digest);
    return undefined;
  }
}

function decode(base64: string): string | undefined {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? Buffer.from(base64, "base64").toString("utf8") : undefined;
}

function refuse(message: string): AuthFailure {
  return { status: 401, message, headers: { "www-authenticate": 'Basic realm="venturi", charset="UTF-8"' } };
}

function clientExtension(config: Partial<NonNullable<BasicAuthConfig["client_auth"]>>, host: ComponentHost): Extension {
  const { username_file, password_file } = config;
  let { username = "", password = "" } = config;
  const files: [option: string, file: WatchedSecret][] = [];
  if (username_file) {
    files.push(["username_file", new WatchedSecret(username_file, host.log, (text) => void (username = text))]);
  }
  if (password_file) {
    files.push(["password_file", new WatchedSecret(password_file, host.log, (text) => void (password = text))]);
  }
  return {
    authenticator: {
      credentials: () => ({ authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` }),
    },
    start: async () => {
      for (const [option, file] of files) file.start(`extension "${host.id.text}": cannot read client_auth::${option}`);
    },
    shutdown: async () => {
      for (const [, file] of files) file.stop();
    },
  };
}
