const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/;

/** The URL for an address, which is one already, or a host and a port: in plain where those are of this machine, else by TLS. */
export function baseUrl(address: string): string {
  if (/^https?:\/\//.test(address)) {
    return address;
  }
  if (address.includes("://")) {
    throw new TypeError(`"${address}" is no address: give host:port, or a URL of http or https`);
  }
  return `${LOOPBACK.test(address) ? "http" : "https"}://${address}`;
}
