"""Addresses of services, as people write them."""

from __future__ import annotations

import ipaddress
import urllib.parse


def target(address: str) -> tuple[str, bool]:
    """What grpc is told, and whether it is spoken to in plain. `ValueError` says what is wrong with what is no address."""
    text = address.strip()
    scheme, found, _ = text.partition("://")
    scheme = scheme.lower() if found else ""
    host, port = _host_and_port(address, text if found else f"//{text}", scheme)
    is_local = _is_loopback(host)
    if port is None:
        # Nobody's services are at the port of the web on their own machine: it was forgotten.
        if is_local and not scheme:
            raise ValueError(f"{address!r} has no port: give it as in {_in_url(host)}:7101")
        port = 80 if scheme == "http" else 443
    return f"{_in_url(host)}:{port}", scheme == "http" or (not scheme and is_local)


def _host_and_port(address: str, url: str, scheme: str) -> tuple[str, int | None]:
    if scheme not in ("", "http", "https"):
        raise _no_address(address)
    if not scheme and _is_ipv6(url.removeprefix("//")):
        return url.removeprefix("//"), None
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise _no_address(address) from None
    if not host or "@" in parts.netloc or any(letter.isspace() for letter in url):
        raise _no_address(address)
    if ":" in host and not _is_ipv6(host):
        raise _no_address(address)
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(f"{address!r} goes on after host and port, and services have no path: leave that out")
    return host, port


def _no_address(address: str) -> ValueError:
    return ValueError(f"{address!r} is no address: give host:port, as in 127.0.0.1:7101 or [::1]:7101, or a URL of http or https")


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _is_ipv6(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).version == 6
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
