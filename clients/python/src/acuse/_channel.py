"""Channels to Acuse's services: TLS or not, a token with every call, errors with their reasons, calls tried again."""

from __future__ import annotations

import importlib
import ipaddress
import random
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool

from acuse._error import Error

_OPTIONS = [
    # As large as the services' own limit; grpc's is 4 MiB.
    ("grpc.max_receive_message_length", 16 << 20),
    # A peer that is gone is found out while a stream is quiet.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
]
_SAFE_TO_REPEAT = (descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS, descriptor_pb2.MethodOptions.IDEMPOTENT)
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 10.0


def connect(
    address: str,
    *,
    token: str | Callable[[], str] | None = None,
    ca: bytes | None = None,
    retry_for: float = 30.0,
) -> grpc.Channel:
    """Opens a channel to one service, for the stubs that are generated from the protos.

    `address` is a host and a port, or a URL: "https://…" is spoken to by TLS, "http://…" in plain, and an address without
    either in plain where it is of this machine, else by TLS. `ca` is the certificate authority to trust, as PEM, in place of
    those that the system knows.

    `token` goes with every call. Give a function where tokens are renewed: it is asked before each call.

    Unary calls that fail with UNAVAILABLE, or for which the service says when to try again, are repeated for up to
    `retry_for` seconds or until their own timeout, as long as repeating them is safe: those that the protos call idempotent
    and those with a `request_id`. With 0 none is. Whatever fails in the end raises `acuse.Error`.
    """
    target, plain = _target(address)
    if plain:
        channel = grpc.insecure_channel(target, options=_OPTIONS)
    else:
        channel = grpc.secure_channel(target, grpc.ssl_channel_credentials(ca), options=_OPTIONS)
    # The first stands outermost: each attempt asks for the token again.
    interceptors: list[Any] = [_Failures(retry_for)]
    if token is not None:
        interceptors.append(_Bearer(token))
    return grpc.intercept_channel(channel, *interceptors)


def _target(address: str) -> tuple[str, bool]:
    """What grpc is told, and whether it is spoken to in plain."""
    scheme, found, rest = address.rpartition("://")
    if found and scheme not in ("http", "https"):
        raise ValueError(f"{address!r} is no address: give host:port, or a URL of http or https")
    rest = rest.rstrip("/")
    host, _, port = rest.rpartition(":")
    if not port.isdecimal():
        host, rest = rest, f"{rest}:{80 if scheme == 'http' else 443}"
    return rest, scheme == "http" or (not found and _is_loopback(host.strip("[]")))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Bearer(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """Adds the token to every call."""

    def __init__(self, token: str | Callable[[], str]) -> None:
        self._token = token if callable(token) else lambda: token

    def _call(self, continuation: Any, details: Any, request: Any) -> Any:
        token = ("authorization", f"Bearer {self._token()}")
        return continuation(details._replace(metadata=[*(details.metadata or ()), token]), request)

    def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        return self._call(continuation, details, request)

    def intercept_unary_stream(self, continuation: Any, details: Any, request: Any) -> Any:
        return self._call(continuation, details, request)

    def intercept_stream_unary(self, continuation: Any, details: Any, requests: Any) -> Any:
        return self._call(continuation, details, requests)

    def intercept_stream_stream(self, continuation: Any, details: Any, requests: Any) -> Any:
        return self._call(continuation, details, requests)


class _Failures(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """Repeats unary calls where that is safe and may help, and has everything fail with `Error`."""

    def __init__(self, retry_for: float) -> None:
        self._retry_for = retry_for

    def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        began = time.monotonic()
        timeout = details.timeout
        until = began + (self._retry_for if timeout is None else min(timeout, self._retry_for))
        attempt = 0
        while True:
            if timeout is not None:
                # However often it is tried, the caller waits no longer than they said.
                details = details._replace(timeout=began + timeout - time.monotonic())
            call = continuation(details, request)
            failure = call.exception()
            if failure is None:
                return call
            if not isinstance(failure, grpc.RpcError):
                raise failure
            error = Error(failure)
            pause = _pause(error, attempt)
            if pause is None or time.monotonic() + pause >= until or not _is_repeatable(details.method, request):
                raise error from None
            time.sleep(pause)
            attempt += 1

    def intercept_unary_stream(self, continuation: Any, details: Any, request: Any) -> Any:
        return _Responses(continuation(details, request))

    def intercept_stream_stream(self, continuation: Any, details: Any, requests: Any) -> Any:
        return _Responses(continuation(details, requests))


def _pause(error: Error, attempt: int) -> float | None:
    """How long to wait before trying again; None where that does not help. Spread, so that callers do not come back at once."""
    if error.retry_after is None and error.status is not grpc.StatusCode.UNAVAILABLE:
        return None
    grown = min(_FIRST_PAUSE * 2.0**attempt, _LONGEST_PAUSE)
    return max(error.retry_after or 0.0, grown * random.uniform(0.5, 1.0))


def _is_repeatable(method: str, request: Any) -> bool:
    if getattr(request, "request_id", ""):
        return True
    described = _described(method)
    return described is not None and described.GetOptions().idempotency_level in _SAFE_TO_REPEAT


def _described(method: str) -> Any:
    """What the protos say of a method, given as "/package.Service/Method". None for one that they do not know."""
    service, _, name = method.removeprefix("/").partition("/")
    package, _, plain = service.rpartition(".")
    # Stubs import the messages of their calls alone. A service's own file has its name.
    file = re.sub(r"(?<!^)(?=[A-Z])", "_", plain).lower()
    try:
        importlib.import_module(f"{package}.{file}_pb2")
        return descriptor_pool.Default().FindMethodByName(f"{service}.{name}")
    except (ImportError, KeyError):
        return None


class _Responses:
    """A stream of responses, which is also the call: only what it fails with is another."""

    def __init__(self, call: Any) -> None:
        self._call = call

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            return next(self._call)
        except grpc.RpcError as error:
            raise Error(error) from None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)
