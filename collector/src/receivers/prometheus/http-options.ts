import { z } from "zod";
import { unsupported } from "../../config/schema-types.js";

const secretFile = z.string().optional();

const basicAuth = z.strictObject({
  username: z.string().default(""),
  username_file: secretFile,
  password: z.string().optional(),
  password_file: secretFile,
});

const authorization = z.strictObject({
  type: z.string().default("Bearer"),
  credentials: z.string().optional(),
  credentials_file: secretFile,
});

const TLS_VERSIONS = ["TLS10", "TLS11", "TLS12", "TLS13"] as const;

const tls = z.strictObject({
  ca: z.string().optional(),
  ca_file: z.string().optional(),
  cert: z.string().optional(),
  cert_file: z.string().optional(),
  key: z.string().optional(),
  key_file: z.string().optional(),
  server_name: z.string().optional(),
  insecure_skip_verify: z.boolean().default(false),
  min_version: z.enum(TLS_VERSIONS).default("TLS12"),
  max_version: z.enum(TLS_VERSIONS).optional(),
});

const headers = z.record(
  z.string(),
  z.strictObject({
    values: z.array(z.string()).default([]),
    secrets: z.array(z.string()).default([]),
    files: z.array(z.string()).default([]),
  }),
);

/** Prometheus' options of an HTTP client, of scrapes and of HTTP discovery. Spread them into a schema. */
export const httpOptions = {
  basic_auth: basicAuth.optional(),
  authorization: authorization.optional(),
  bearer_token: z.string().optional(),
  bearer_token_file: secretFile,
  tls_config: tls.optional(),
  follow_redirects: z.boolean().default(true),
  http_headers: headers.default({}),
  // HTTP/1.1 is spoken whatever this says: every target speaks it.
  enable_http2: z.boolean().default(true),
  oauth2: unsupported("OAuth 2"),
  proxy_url: unsupported("an HTTP proxy"),
  proxy_from_environment: z.literal(false, "not supported: an HTTP proxy").default(false),
  no_proxy: unsupported("an HTTP proxy"),
  proxy_connect_header: unsupported("an HTTP proxy"),
  sigv4: unsupported("AWS signatures"),
};
const schema = z.strictObject(httpOptions);
export type HttpOptions = z.infer<typeof schema>;

/** Says what contradicts itself; use it in the `superRefine` of a schema with `httpOptions`. */
export function checkHttpOptions(options: HttpOptions, context: { addIssue(message: string): void }): void {
  const { basic_auth, authorization: header, bearer_token, bearer_token_file } = options;
  const ways = [basic_auth !== undefined, header !== undefined, Boolean(bearer_token) || Boolean(bearer_token_file)];
  if (ways.filter(Boolean).length > 1) {
    context.addIssue("at most one of basic_auth, authorization, bearer_token and bearer_token_file must be configured");
  }
  if (bearer_token && bearer_token_file) {
    context.addIssue("at most one of bearer_token and bearer_token_file must be configured");
  }
  if (basic_auth?.password !== undefined && basic_auth.password_file !== undefined) {
    context.addIssue("at most one of basic_auth password and password_file must be configured");
  }
  if (header?.credentials !== undefined && header.credentials_file !== undefined) {
    context.addIssue("at most one of authorization credentials and credentials_file must be configured");
  }
  if (header?.type.trim().toLowerCase() === "basic") {
    context.addIssue('authorization type cannot be set to "basic", use "basic_auth" instead');
  }
}
