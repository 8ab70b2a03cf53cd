/** Connections from Node, by gRPC. */
import type { Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { baseUrl } from "./address.js";
import { interceptors, type Options } from "./interceptors.js";

export { AcuseError, type FieldViolation } from "./error.js";

/** What a connection from Node is told. */
export interface NodeOptions extends Options {
  /** Certificate authority to trust, as PEM, in place of those that Node knows. */
  ca?: string | Uint8Array;
}

/**
 * Opens a connection to one service, for the clients that `createClient` makes.
 *
 * The address is a host and a port, or a URL: "https://…" is spoken to by TLS, "http://…" in plain, and an address without either in
 * plain where it is of this machine, else by TLS. Whatever fails throws an AcuseError.
 */
export function connect(address: string, options: NodeOptions = {}): Transport {
  return createGrpcTransport({
    baseUrl: baseUrl(address),
    interceptors: interceptors(options),
    // A peer that is gone is found out while a stream is quiet.
    pingIntervalMs: 30_000,
    pingTimeoutMs: 10_000,
    ...(options.ca === undefined ? {} : { nodeOptions: { ca: Buffer.from(options.ca) } }),
  });
}
