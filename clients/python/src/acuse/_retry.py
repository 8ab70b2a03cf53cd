"""Unary calls that are tried again where that is safe and may help: while their caller waits, or as futures."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import grpc

from acuse._error import Error
from acuse._future import Future, Later
from acuse._tries import Tries

# Only the stubs of types take parameters.
if TYPE_CHECKING:
    _GrpcUnary = grpc.UnaryUnaryMultiCallable[Any, Any]
else:
    _GrpcUnary = grpc.UnaryUnaryMultiCallable


class Channel(grpc.Channel):
    """A channel whose unary calls are tried again, and fail with `Error`. All else is as it was."""

    def __init__(self, channel: grpc.Channel, retry_for: float) -> None:
        self._channel = channel
        self._retry_for = retry_for
        self._later = Later()

    def unary_unary(self, method: str, *arguments: Any, **options: Any) -> Any:
        calls = self._channel.unary_unary(method, *arguments, **options)
        return _Unary(calls, method, self._retry_for, self._later)

    def unary_stream(self, *arguments: Any, **options: Any) -> Any:
        return self._channel.unary_stream(*arguments, **options)

    def stream_unary(self, *arguments: Any, **options: Any) -> Any:
        return self._channel.stream_unary(*arguments, **options)

    def stream_stream(self, *arguments: Any, **options: Any) -> Any:
        return self._channel.stream_stream(*arguments, **options)

    def subscribe(self, callback: Any, try_to_connect: bool = False) -> None:
        self._channel.subscribe(callback, try_to_connect)

    def unsubscribe(self, callback: Any) -> None:
        self._channel.unsubscribe(callback)

    def close(self) -> None:
        self._channel.close()
        # What waits to be tried again finds it closed.
        self._later.hurry()

    def __enter__(self) -> Channel:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


class _Unary(_GrpcUnary):
    """A method. What is given beside request and timeout is handed on to every attempt."""

    def __init__(self, calls: Any, method: str, retry_for: float, later: Later) -> None:
        self._calls = calls
        self._method = method
        self._retry_for = retry_for
        self._later = later

    def __call__(self, request: Any, timeout: float | None = None, *others: Any, **options: Any) -> Any:
        return self.with_call(request, timeout, *others, **options)[0]

    def with_call(self, request: Any, timeout: float | None = None, *others: Any, **options: Any) -> Any:
        tries = Tries(self._method, request, timeout, self._retry_for)
        while True:
            try:
                return self._calls.with_call(request, tries.timeout(), *others, **options)
            except grpc.RpcError as failure:
                error = Error(failure)
                pause = tries.pause(error)
                if pause is None:
                    raise error from None
            time.sleep(pause)

    def future(self, request: Any, timeout: float | None = None, *others: Any, **options: Any) -> Any:
        tries = Tries(self._method, request, timeout, self._retry_for)
        return Future(lambda left: self._calls.future(request, left, *others, **options), tries, self._later)
