import { readFileSync } from "node:fs";
import type { SecureVersion } from "node:tls";
import { z } from "zod";
import { StartError } from "../component.js";
import { section, unsupported } from "../config/schema-types.js";

const version = z.enum(["1.0", "1.1", "1.2", "1.3"]);

const common = {
  ca_file: z.string().optional(),
  ca_pem: z.string().optional(),
  cert_file: z.string().optional(),
  cert_pem: z.string().optional(),
  key_file: z.string().optional(),
  key_pem: z.string().optional(),
  min_version: version.default("1.2"),
  max_version: version.optional(),
  cipher_suites: unsupported("the list of cipher suites is Node's"),
  reload_interval: unsupported("certificates are read once, at start"),
};

export const clientTlsSchema = section(
  z.strictObject({
    ...common,
    insecure: z.boolean().default(false),
    insecure_skip_verify: z.boolean().default(false),
    server_name_override: z.string().optional(),
  }),
);
export type ClientTlsConfig = z.infer<typeof clientTlsSchema>;

export const serverTlsSchema = section(
  z.strictObject({
    ...common,
    client_ca_file: z.string().optional(),
    client_ca_file_reload: unsupported("certificates are read once, at start"),
  }),
);
export type ServerTlsConfig = z.infer<typeof serverTlsSchema>;

/** Node's name of a TLS version. */
export function secureVersion(text: z.infer<typeof version>): SecureVersion {
  return text === "1.0" ? "TLSv1" : `TLSv${text}`;
}

export interface TlsMaterial {
  readonly ca: Buffer | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
  readonly clientCa: Buffer | undefined;
}

/** @throws StartError when a file cannot be read; `what` names the component. */
export function readTls(what: string, config: ClientTlsConfig | ServerTlsConfig): TlsMaterial {
  const read = (option: string, file: string | undefined, pem?: string): Buffer | undefined => {
    if (pem !== undefined) return Buffer.from(pem);
    if (file === undefined) return undefined;
    try {
      return readFileSync(file);
    } catch (error) {
      const message = `cannot start ${what}: cannot read tls::${option} "${file}": ${(error as Error).message}`;
      throw new StartError(message, { cause: error });
    }
  };
  return {
    ca: read("ca_file", config.ca_file, config.ca_pem),
    cert: read("cert_file", config.cert_file, config.cert_pem),
    key: read("key_file", config.key_file, config.key_pem),
    clientCa: read("client_ca_file", "client_ca_file" in config ? config.client_ca_file : undefined),
  };
}
