import { z } from "zod";
import { durationMs, section, unsupported } from "../config/schema-types.js";
import { CIPHERS, CURVES } from "./tls-names.js";

const version = z.enum(["1.0", "1.1", "1.2", "1.3"]);
export type TlsVersion = z.infer<typeof version>;

const common = {
  ca_file: z.string().optional(),
  ca_pem: z.string().optional(),
  include_system_ca_certs_pool: z.boolean().default(false),
  cert_file: z.string().optional(),
  cert_pem: z.string().optional(),
  key_file: z.string().optional(),
  key_pem: z.string().optional(),
  min_version: version.default("1.2"),
  max_version: version.optional(),
  /** Of TLS 1.2 and below; those of TLS 1.3 are always all on, as in Go. */
  cipher_suites: z.array(z.enum(Object.keys(CIPHERS) as [string, ...string[]])).default([]),
  include_insecure_cipher_suites: unsupported("cipher suites that Go calls insecure"),
  curve_preferences: z.array(z.enum(Object.keys(CURVES) as [string, ...string[]])).default([]),
  /** How often the files are looked at; 0: never. */
  reload_interval: durationMs("0s"),
  tpm: unsupported("keys in a TPM"),
};

export const clientTlsSchema = section(
  z
    .strictObject({
      ...common,
      insecure: z.boolean().default(false),
      insecure_skip_verify: z.boolean().default(false),
      server_name_override: z.string().optional(),
    })
    .superRefine((config, context) => checkMaterial(config, context)),
);
export type ClientTlsConfig = z.infer<typeof clientTlsSchema>;

export const serverTlsSchema = section(
  z
    .strictObject({
      ...common,
      /** Clients must show a certificate of this authority. */
      client_ca_file: z.string().optional(),
      /** Looks at `client_ca_file` every second. */
      client_ca_file_reload: z.boolean().default(false),
    })
    .superRefine((config, context) => {
      checkMaterial(config, context);
      if (!config.cert_file && !config.cert_pem && !config.key_file && !config.key_pem) {
        context.addIssue("TLS configuration must include both certificate and key for server connections");
      }
    }),
);
export type ServerTlsConfig = z.infer<typeof serverTlsSchema>;

type Material = Partial<
  Readonly<Record<"ca_file" | "ca_pem" | "cert_file" | "cert_pem" | "key_file" | "key_pem", string | undefined>>
> & { readonly min_version: TlsVersion; readonly max_version?: TlsVersion | undefined };

function checkMaterial(config: Material, context: { addIssue(message: string): void }): void {
  for (const part of ["ca", "cert", "key"] as const) {
    if (config[`${part}_file`] && config[`${part}_pem`]) {
      context.addIssue(`provide either ${part}_file or ${part}_pem, but not both`);
    }
  }
  const hasCert = Boolean(config.cert_file) || Boolean(config.cert_pem);
  const hasKey = Boolean(config.key_file) || Boolean(config.key_pem);
  if (hasCert !== hasKey) context.addIssue("TLS configuration must include both certificate and key");
  if (config.max_version !== undefined && config.max_version < config.min_version) {
    context.addIssue("min_version cannot be greater than max_version");
  }
}
