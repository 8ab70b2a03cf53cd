"""What a call failed with, read once from what the service says in `google.rpc` details."""

from __future__ import annotations

import copyreg
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import grpc
from google.protobuf import any_pb2, message
from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped]

_DETAILS = "grpc-status-details-bin"
_Detail = TypeVar("_Detail", bound=message.Message)


@dataclass(frozen=True)
class FieldViolation:
    """One field of a request that is wrong."""

    field: str
    """Its path, for example "question.time_zone"."""
    description: str
    """What is wrong and what would be right."""


class _Metadatum(NamedTuple):
    """As grpc's own, which no other process can be given."""

    key: str
    value: str | bytes


class Error(grpc.RpcError):
    """A call failed. Branch on `status` and `reason`; `message` is for people, and may be reworded."""

    status: grpc.StatusCode
    """The canonical code."""
    reason: str
    """Stable, in UPPER_SNAKE_CASE, for example "EXPORT_OVER". Empty where no service answered."""
    message: str
    """One sentence or two."""
    field_violations: tuple[FieldViolation, ...]
    """Every field that is wrong. Empty where it is not about fields."""
    retry_after: float | None
    """After how many seconds trying again may help. None: the service does not say that it would."""
    request_id: str
    """What the service's log has the call under; quote it to whoever runs it. Empty where no service answered."""

    def __init__(self, call: grpc.RpcError) -> None:
        code = getattr(call, "code", None)
        self.status = code() if code else grpc.StatusCode.UNKNOWN
        self.message = (call.details() if hasattr(call, "details") else str(call)) or ""
        metadata: Any = (call.trailing_metadata() or ()) if hasattr(call, "trailing_metadata") else ()
        self._metadata = tuple(_Metadatum(*pair) for pair in metadata)
        details = _details(self._metadata)
        info = _find(details, error_details_pb2.ErrorInfo)
        self.reason = info.reason if info else ""
        bad = _find(details, error_details_pb2.BadRequest)
        violations = bad.field_violations if bad else ()
        self.field_violations = tuple(FieldViolation(found.field, found.description) for found in violations)
        retry = _find(details, error_details_pb2.RetryInfo)
        self.retry_after = retry.retry_delay.ToTimedelta().total_seconds() if retry else None
        request = _find(details, error_details_pb2.RequestInfo)
        self.request_id = request.request_id if request else ""
        super().__init__(self._told())

    def _told(self) -> str:
        lines = [f"{self.status.name} {self.reason}".rstrip() + f": {self.message}"]
        lines.extend(f"  {found.field}: {found.description}" for found in self.field_violations)
        return "\n".join(lines)

    def __reduce__(self) -> Any:
        # It is made of a call, which stays in its process: what was read from it goes to others.
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]

    # As of every error of grpc, so that code that knows no other goes on working.

    def code(self) -> grpc.StatusCode:
        return self.status

    def details(self) -> str:
        return self.message

    def trailing_metadata(self) -> tuple[Any, ...]:
        return self._metadata


def _details(metadata: tuple[Any, ...]) -> Sequence[any_pb2.Any]:
    """What a status came with. Where something on the way answered in its own manner: nothing, and the code stands."""
    packed = next((value for key, value in metadata if key == _DETAILS), b"")
    try:
        details: Sequence[any_pb2.Any] = status_pb2.Status.FromString(packed).details
        return details
    except message.DecodeError:
        return ()


def _find(details: Sequence[any_pb2.Any], kind: type[_Detail]) -> _Detail | None:
    for detail in details:
        found = kind()
        # False for another type.
        if detail.Unpack(found):
            return found
    return None
