"""Channels to Acuse's services: TLS or not, a token with every call, errors with their reasons, calls tried again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import grpc

from acuse._address import target
from acuse._error import Error
from acuse._retry import Channel

_OPTIONS = [
    # As large as the services' own limit; grpc's is 4 MiB.
    ("grpc.max_receive_message_length", 16 << 20),
    # A peer that is gone is found out while a stream is quiet.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
]


def connect(
    address: str,
    *,
    token: str | Callable[[], str] | None = None,
    ca: bytes | None = None,
    retry_for: float = 30.0,
) -> grpc.Channel:
    """Opens a channel to one service, for the stubs that are generated from the protos.

    `address` is a host and a port, or a URL: "https://…" is spoken to by TLS, "http://…" in plain, and an address without
    either in plain where it is of this machine, else by TLS. Anything else, as a URL with a path, is a `ValueError`. `ca` is the
    certificate authority to trust, as PEM, in place of those that the system knows.

    `token` goes with every call; white space around it does not. Give a function where tokens are renewed, as `token_file` and
    `environment_token` do: it is asked before each call.

    Unary calls that fail with UNAVAILABLE, or for which the service says when to try again, are repeated for up to
    `retry_for` seconds or until their own timeout, as long as repeating them is safe: those that the protos call idempotent
    and those with a `request_id`. With 0 none is. Futures are repeated behind their caller's back. Whatever fails in the end raises
    `acuse.Error`.
    """
    host, is_plain = target(address)
    if is_plain:
        channel = grpc.insecure_channel(host, options=_OPTIONS)
    else:
        channel = grpc.secure_channel(host, grpc.ssl_channel_credentials(ca), options=_OPTIONS)
    interceptors: list[Any] = [_Failures()]
    if token is not None:
        interceptors.append(_Bearer(token))
    # Outermost: each attempt asks for the token again.
    return Channel(grpc.intercept_channel(channel, *interceptors), retry_for)


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
        token = ("authorization", f"Bearer {self._token().strip()}")
        return continuation(details._replace(metadata=[*(details.metadata or ()), token]), request)

    def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        return self._call(continuation, details, request)

    def intercept_unary_stream(self, continuation: Any, details: Any, request: Any) -> Any:
        return self._call(continuation, details, request)

    def intercept_stream_unary(self, continuation: Any, details: Any, requests: Any) -> Any:
        return self._call(continuation, details, requests)

    def intercept_stream_stream(self, continuation: Any, details: Any, requests: Any) -> Any:
        return self._call(continuation, details, requests)


class _Failures(grpc.UnaryStreamClientInterceptor, grpc.StreamStreamClientInterceptor):
    """Has streams fail with `Error`."""

    def intercept_unary_stream(self, continuation: Any, details: Any, request: Any) -> Any:
        return _Responses(continuation(details, request))

    def intercept_stream_stream(self, continuation: Any, details: Any, requests: Any) -> Any:
        return _Responses(continuation(details, requests))


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
