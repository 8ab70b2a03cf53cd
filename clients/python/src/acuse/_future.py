"""Calls that go on by themselves, also while they wait to be tried again."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import grpc

from acuse._error import Error
from acuse._tries import Tries

# Only the stubs of types take parameters.
if TYPE_CHECKING:
    _GrpcFuture = grpc.Future[Any]
else:
    _GrpcFuture = grpc.Future

_log = logging.getLogger("acuse")


class Future(_GrpcFuture, grpc.Call):
    """A call that goes on by itself: its attempts begin on grpc's thread or the one of `Later`, and nobody waits between them."""

    def __init__(self, begin: Callable[[float | None], Any], tries: Tries, later: Later) -> None:
        self._begin = begin
        self._tries = tries
        self._later = later
        self._changed = threading.Condition()
        self._call: Any = None
        self._is_done = False
        self._failure: Exception | None = None
        self._callbacks: list[Callable[[Any], None]] = []
        self._attempt()

    def _attempt(self) -> None:
        call = self._begin(self._tries.timeout())
        with self._changed:
            self._call = call
            is_given_up = self._is_done
        if is_given_up:
            call.cancel()
        else:
            call.add_done_callback(self._ended)

    def _again(self) -> None:
        if self.done():
            return
        try:
            self._attempt()
        except Exception as failure:  # As of a channel that was closed meanwhile.
            self._finish(failure)

    def _ended(self, call: Any) -> None:
        if call.cancelled():
            self._finish(grpc.FutureCancelledError())
            return
        failure = call.exception()
        try:
            if isinstance(failure, grpc.RpcError):
                failure = Error(failure)
                pause = self._tries.pause(failure)
                if pause is not None:
                    self._later.call(pause, self._again)
                    return
        except Exception as trouble:  # As where no thread can be started: whoever waits hears of it.
            failure = trouble
        self._finish(failure)

    def _finish(self, failure: Exception | None) -> bool:
        """Whether it was not over before."""
        with self._changed:
            if self._is_done:
                return False
            self._is_done = True
            self._failure = failure
            self._changed.notify_all()
        for callback in self._callbacks:
            try:
                callback(self)
            except Exception:
                _log.exception("a future's callback failed")
        return True

    def _wait(self, timeout: float | None = None) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: self._is_done, timeout):
                raise grpc.FutureTimeoutError

    def cancel(self) -> bool:
        is_cancelled = self._finish(grpc.FutureCancelledError())
        with self._changed:
            call = self._call
        if is_cancelled:
            self._later.drop(self._again)
            call.cancel()
        return is_cancelled

    def cancelled(self) -> bool:
        return self.done() and isinstance(self._failure, grpc.FutureCancelledError)

    def running(self) -> bool:
        return not self.done()

    def done(self) -> bool:
        with self._changed:
            return self._is_done

    def result(self, timeout: float | None = None) -> Any:
        self._wait(timeout)
        if self._failure is not None:
            raise self._failure
        return self._call.result()

    def exception(self, timeout: float | None = None) -> Exception | None:
        self._wait(timeout)
        if isinstance(self._failure, grpc.FutureCancelledError):
            raise self._failure
        return self._failure

    def traceback(self, timeout: float | None = None) -> Any:
        failure = self.exception(timeout)
        return None if failure is None else failure.__traceback__

    def add_done_callback(self, fn: Callable[[Any], None]) -> None:
        with self._changed:
            if not self._is_done:
                self._callbacks.append(fn)
                return
        fn(self)

    # As of every call of grpc: these wait until it is over.

    def code(self) -> grpc.StatusCode:
        self._wait()
        if self.cancelled():
            return grpc.StatusCode.CANCELLED
        code: grpc.StatusCode = self._call.code()
        return code

    def details(self) -> str:
        self._wait()
        return "cancelled by its caller" if self.cancelled() else self._call.details() or ""

    def initial_metadata(self) -> Any:
        self._wait()
        return () if self.cancelled() else self._call.initial_metadata()

    def trailing_metadata(self) -> Any:
        self._wait()
        return () if self.cancelled() else self._call.trailing_metadata()

    def is_active(self) -> bool:
        return not self.done()

    def time_remaining(self) -> Any:
        left = self._tries.timeout()
        return None if left is None else max(left, 0.0)

    def add_callback(self, callback: Callable[[], None]) -> bool:
        with self._changed:
            if not self._is_done:
                self._callbacks.append(lambda _: callback())
            return not self._is_done


class Later:
    """Runs functions after a while, all on one thread, which is there while something waits."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._is_running = False

    def call(self, pause: float, function: Callable[[], None]) -> None:
        with self._changed:
            # The number decides between two of one moment: functions have no order.
            heapq.heappush(self._waiting, (time.monotonic() + pause, next(self._numbers), function))
            if self._is_running:
                self._changed.notify()
            else:
                threading.Thread(target=self._run, name="acuse-retries", daemon=True).start()
                self._is_running = True

    def drop(self, function: Callable[[], None]) -> None:
        """Runs it no more."""
        with self._changed:
            self._waiting = [waiting for waiting in self._waiting if waiting[2] != function]
            heapq.heapify(self._waiting)
            self._changed.notify()

    def hurry(self) -> None:
        """Runs all of them now."""
        with self._changed:
            self._waiting = [(0.0, number, function) for _, number, function in sorted(self._waiting)]
            self._changed.notify()

    def _run(self) -> None:
        while (function := self._next()) is not None:
            function()

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            while self._waiting:
                left = self._waiting[0][0] - time.monotonic()
                if left <= 0:
                    return heapq.heappop(self._waiting)[2]
                self._changed.wait(left)
            self._is_running = False
            return None
