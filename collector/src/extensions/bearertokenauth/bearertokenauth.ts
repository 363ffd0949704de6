import { z } from "zod";
import { type AuthFailure, type AuthHeaders, headerOf } from "../../auth/authenticator.js";
import { equalSecrets } from "../../auth/constant-time.js";
import { WatchedSecret } from "../../auth/watched-secret.js";
import type { ComponentHost, Extension, ExtensionFactory } from "../../component.js";

const schema = z
  .strictObject({
    header: z
      .string()
      .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "is not the name of a header")
      .default("Authorization"),
    /** Stands in front of the token; empty: the header is the token. */
    scheme: z.string().default("Bearer"),
    token: z.string().default(""),
    tokens: z.array(z.string()).default([]),
    /** A file with a token at the begin of each line. It is read again when it changes. */
    filename: z.string().default(""),
  })
  .refine((it) => it.token !== "" || it.tokens.length > 0 || it.filename !== "", {
    message: "no bearer token provided: set token, tokens or filename",
  })
  .refine((it) => it.token === "" || it.tokens.length === 0, {
    message: "either tokens or token should be provided, not both",
  });

export type BearerTokenAuthConfig = z.infer<typeof schema>;

/** Tokens in a header: receivers let in any of them, exporters send the first. */
export const bearerTokenAuthExtension: ExtensionFactory<BearerTokenAuthConfig> = {
  kind: "extension",
  type: "bearertokenauth",
  aliases: ["bearer_token_auth"],
  schema,
  create: (config, host) => new BearerTokenAuth(config, host),
};

class BearerTokenAuth implements Extension {
  readonly authenticator = {
    authenticate: (headers: AuthHeaders) => this.check(headers),
    credentials: () => ({ [this.header]: this.values[0] ?? "" }),
  };
  private readonly config: BearerTokenAuthConfig;
  private readonly host: ComponentHost;
  private readonly header: string;
  private readonly file: WatchedSecret | undefined;
  /** What the header may be. */
  private values: readonly string[] = [];

  constructor(config: BearerTokenAuthConfig, host: ComponentHost) {
    this.config = config;
    this.host = host;
    this.header = config.header.toLowerCase();
    const { filename, tokens, token } = config;
    if (tokens.length > 0) this.setTokens(tokens);
    else if (filename === "") this.setTokens([token]);
    else this.file = new WatchedSecret(filename, host.log, (text) => this.setTokens(readTokens(text)));
  }

  async start(): Promise<void> {
    const { filename, token, tokens } = this.config;
    if (filename !== "" && (token !== "" || tokens.length > 0)) {
      const ignored = this.file === undefined ? "filename" : "token";
      this.host.log.warn(`both tokens and a filename are set: ${ignored} is ignored`);
    }
    this.file?.start(`extension "${this.host.id.text}": cannot read filename`);
  }

  async shutdown(): Promise<void> {
    this.file?.stop();
  }

  private setTokens(tokens: readonly string[]): void {
    const { scheme } = this.config;
    this.values = tokens.map((token) => (scheme === "" ? token : `${scheme} ${token}`));
  }

  private check(headers: AuthHeaders): AuthFailure | undefined {
    const value = headerOf(headers, this.header);
    if (value === undefined || value === "") {
      return this.refuse(`missing or empty authorization header: ${this.config.header}`);
    }
    for (const expected of this.values) if (equalSecrets(expected, value)) return undefined;
    return this.refuse("provided authorization does not match expected scheme or token");
  }

  private refuse(message: string): AuthFailure {
    return { status: 401, message, headers: { "www-authenticate": this.config.scheme || "Bearer" } };
  }
}

/** The first word of each line; the rest is a comment. */
function readTokens(text: string): string[] {
  return text.split("\n").flatMap((line) => line.trim().split(/\s+/, 1).filter(Boolean));
}
