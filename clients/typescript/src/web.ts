/** Connections from browsers, by gRPC-Web: reporting and export take them, from pages of the origins in ACUSE_BROWSER_ORIGINS. */
import type { Transport } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { baseUrl } from "./address.js";
import { interceptors, type Options } from "./interceptors.js";

export { AcuseError, type FieldViolation } from "./error.js";
export type { Options } from "./interceptors.js";

/**
 * Opens a connection to one service, for the clients that `createClient` makes. The address is a URL, as the page reaches the service,
 * with a path where that is below one. Browsers send no streams: of the calls of reporting and export none needs that. Whatever fails
 * throws an AcuseError.
 */
export function connect(address: string, options: Options = {}): Transport {
  return createGrpcWebTransport({ baseUrl: baseUrl(address, "grpc-web"), interceptors: interceptors(options) });
}
