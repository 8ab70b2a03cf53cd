/** Connections from Node, by gRPC. */
import type { Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { readFile } from "node:fs/promises";
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
 * plain where it is of this machine, else by TLS. Anything else, as a URL with a path, is a TypeError. Whatever fails later throws an
 * AcuseError.
 */
export function connect(address: string, options: NodeOptions = {}): Transport {
  return createGrpcTransport({
    baseUrl: baseUrl(address, "grpc"),
    interceptors: interceptors(options),
    // A peer that is gone is found out while a stream is quiet.
    pingIntervalMs: 30_000,
    pingTimeoutMs: 10_000,
    ...(options.ca === undefined ? {} : { nodeOptions: { ca: Buffer.from(options.ca) } }),
  });
}

/**
 * The token in a file, for `connect`: read anew before each call, so that whoever renews the file renews the token. Renew it by moving
 * another file over it, so that it is never read half written.
 */
export function tokenFile(path: string): () => Promise<string> {
  return () => readFile(path, "utf8");
}

/**
 * The token that this process was given, for `connect`: the one in the file that ACUSE_TOKEN_FILE names, read anew before each call, else
 * the one in ACUSE_TOKEN. Throws a TypeError where neither is set.
 */
export function environmentToken(): () => Promise<string> {
  const { ACUSE_TOKEN_FILE: path, ACUSE_TOKEN: token } = process.env;
  if (path) {
    return tokenFile(path);
  }
  if (!token) {
    throw new TypeError("there is no token: set ACUSE_TOKEN, or ACUSE_TOKEN_FILE to the name of a file that has it");
  }
  return () => Promise.resolve(token);
}
