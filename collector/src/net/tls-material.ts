import { readFileSync } from "node:fs";
import { createSecureContext, rootCertificates, type SecureContextOptions, type SecureVersion } from "node:tls";
import { StartError } from "../component.js";
import type { Logger } from "../telemetry/logger.js";
import type { ClientTlsConfig, ServerTlsConfig, TlsVersion } from "./tls-config.js";
import { ALWAYS_ON, CIPHERS, CURVES } from "./tls-names.js";

type TlsConfig = ClientTlsConfig | ServerTlsConfig;

/** Certificates and keys of a client. @throws StartError when a file cannot be read; `what` names the component. */
export function clientContext(what: string, config: ClientTlsConfig): SecureContextOptions {
  const ca = readPart(what, "ca", config);
  return { ...ownContext(what, config), ...trust(ca, config.include_system_ca_certs_pool) };
}

/** What a server takes besides its context: whether clients must show a certificate. */
export function clientCertificates(config: ServerTlsConfig): { requestCert: boolean; rejectUnauthorized: boolean } {
  const isAsked = config.client_ca_file !== undefined;
  return { requestCert: isAsked, rejectUnauthorized: isAsked };
}

/** Certificates and keys of a server. @throws StartError when a file cannot be read; `what` names the component. */
export function serverContext(what: string, config: ServerTlsConfig): SecureContextOptions {
  const { client_ca_file } = config;
  const ca = client_ca_file === undefined ? undefined : readPem(what, "client_ca_file", client_ca_file);
  return { ...ownContext(what, config), ...trust(ca, false) };
}

function ownContext(what: string, config: TlsConfig): SecureContextOptions {
  const { cipher_suites, curve_preferences, max_version } = config;
  const cert = readPart(what, "cert", config);
  const key = readPart(what, "key", config);
  const ciphers = [...new Set([...cipher_suites, ...ALWAYS_ON])].map((name) => CIPHERS[name]);
  return {
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    minVersion: secureVersion(config.min_version),
    ...(max_version === undefined ? {} : { maxVersion: secureVersion(max_version) }),
    ...(cipher_suites.length === 0 ? {} : { ciphers: ciphers.join(":") }),
    ...(curve_preferences.length === 0 ? {} : { ecdhCurve: curve_preferences.map((name) => CURVES[name]).join(":") }),
  };
}

function trust(ca: Buffer | undefined, withSystem: boolean): SecureContextOptions {
  if (ca === undefined) return {};
  return { ca: withSystem ? [...rootCertificates, ca] : ca };
}

function readPart(what: string, part: "ca" | "cert" | "key", config: TlsConfig): Buffer | undefined {
  const pem = config[`${part}_pem`];
  const file = config[`${part}_file`];
  if (pem) return Buffer.from(pem);
  return file ? readPem(what, `${part}_file`, file) : undefined;
}

function readPem(what: string, option: string, file: string): Buffer {
  try {
    const pem = readFileSync(file);
    // One that is being written at this moment may be empty yet.
    if (!pem.includes("-----BEGIN ")) throw new Error("it holds no PEM");
    return pem;
  } catch (error) {
    const message = `cannot start ${what}: cannot read tls::${option} "${file}": ${(error as Error).message}`;
    throw new StartError(message, { cause: error });
  }
}

/** Node's name of a TLS version. */
function secureVersion(text: TlsVersion): SecureVersion {
  return text === "1.0" ? "TLSv1" : `TLSv${text}`;
}

const CLIENT_CA_INTERVAL_MS = 1000;

/**
 * Looks at the files every `reload_interval` and hands a changed context to `changed`. Files that cannot be read, or do not
 * fit together, leave the old context in place. Does nothing when the config asks for no reload.
 * @returns what ends it
 */
export function watchContext<Config extends TlsConfig>(
  config: Config,
  read: () => SecureContextOptions,
  changed: (context: SecureContextOptions) => void,
  log: Logger | undefined,
): () => void {
  const watchesClientCa = "client_ca_file_reload" in config && config.client_ca_file_reload === true;
  const intervalMs = config.reload_interval || (watchesClientCa ? CLIENT_CA_INTERVAL_MS : 0);
  if (intervalMs === 0) return () => {};
  let last = fingerprint(read());
  const timer = setInterval(() => {
    try {
      const context = read();
      const now = fingerprint(context);
      if (now === last) return;
      // A key that does not belong to its certificate must not reach a server.
      createSecureContext(context);
      changed(context);
      last = now;
      log?.info("read changed TLS certificates");
    } catch (error) {
      log?.warn("cannot read changed TLS certificates; the last ones stay", { error: (error as Error).message });
    }
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

function fingerprint({ ca, cert, key }: SecureContextOptions): string {
  return [ca, cert, key].flat().map(String).join("\n");
}
