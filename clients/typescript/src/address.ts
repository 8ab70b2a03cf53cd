const ADDRESS = /^(?:(https?):\/\/)?(\[[0-9a-f:.]+\]|[^\s:/?#@[\]]+)(:\d+)?(\/[^\s?#]*)?$/i;
const BARE_IPV6 = /^[0-9a-f]*(:[0-9a-f.]*){2,}$/i;
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/i;

/**
 * The URL for an address, which is one already, or a host and a port: in plain where those are of this machine, else by TLS. By
 * gRPC-Web a service may be below a path, as a proxy hands it on; by gRPC it is not. A TypeError says what is wrong.
 */
export function baseUrl(address: string, protocol: "grpc" | "grpc-web"): string {
  const text = address.trim();
  const [, scheme, host, port = "", path = ""] = ADDRESS.exec(BARE_IPV6.test(text) ? `[${text}]` : text) ?? [];
  const below = path.replace(/\/+$/, "");
  if (host === undefined) {
    throw noAddress(address);
  }
  if (below && protocol === "grpc") {
    throw new TypeError(`"${address}" goes on after host and port, and services have no path: leave that out`);
  }
  const isLocal = LOOPBACK.test(host);
  if (isLocal && !port && !scheme) {
    // Nobody's services are at the port of the web on their own machine: it was forgotten.
    throw new TypeError(`"${address}" has no port: give it as in ${host}:7101`);
  }
  const url = `${scheme?.toLowerCase() ?? (isLocal ? "http" : "https")}://${host}${port}${below}`;
  if (!URL.canParse(url)) {
    throw noAddress(address);
  }
  return url;
}

function noAddress(address: string): TypeError {
  return new TypeError(`"${address}" is no address: give host:port, as in 127.0.0.1:7101 or [::1]:7101, or a URL of http or https`);
}
