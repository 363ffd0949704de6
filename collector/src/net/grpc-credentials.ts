import { createSecureContext, type SecureContextOptions } from "node:tls";
import grpc from "@grpc/grpc-js";
import type { ClientTlsConfig, ServerTlsConfig } from "./tls-config.js";
import { clientCertificates } from "./tls-material.js";

/** Credentials of a gRPC server with all options of the Collector, which `createSsl` does not take, and that can change. */
export class TlsServerCredentials extends grpc.ServerCredentials {
  constructor(config: ServerTlsConfig, context: SecureContextOptions) {
    super(clientCertificates(config), context);
  }

  /** New connections get this context. */
  replace(context: SecureContextOptions): void {
    this.updateSecureContextOptions(context);
  }

  override _equals(other: grpc.ServerCredentials): boolean {
    return this === other;
  }
}

export function tlsChannelCredentials(config: ClientTlsConfig, context: SecureContextOptions): grpc.ChannelCredentials {
  return grpc.credentials.createFromSecureContext(createSecureContext(context), {
    rejectUnauthorized: !config.insecure_skip_verify,
  });
}
