"""Whether and when a call is tried again."""

from __future__ import annotations

import importlib
import random
import re
import time
from typing import Any

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool

from acuse._error import Error

_SAFE_TO_REPEAT = (descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS, descriptor_pb2.MethodOptions.IDEMPOTENT)
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 10.0


class Tries:
    """How often one call was tried, and how long that may go on."""

    def __init__(self, method: str, request: Any, timeout: float | None, retry_for: float) -> None:
        began = time.monotonic()
        self._method = method
        self._request = request
        self._deadline = None if timeout is None else began + timeout
        self._until = began + (retry_for if timeout is None else min(timeout, retry_for))
        self._attempt = 0

    def timeout(self) -> float | None:
        """What is left of the caller's own: however often it is tried, they wait no longer than they said."""
        return None if self._deadline is None else self._deadline - time.monotonic()

    def pause(self, error: Error) -> float | None:
        """How long to wait before the next attempt; None where there is to be none."""
        pause = _pause(error, self._attempt)
        if pause is None or time.monotonic() + pause >= self._until or not _is_repeatable(self._method, self._request):
            return None
        self._attempt += 1
        return pause


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
