"""The example that follows what becomes of messages."""

import json
import signal
import unittest

import grpc
from acuse.type.v1 import status_pb2

from example import Example
from failing import Failing
from link import Link
from suite import running, until


class Following(Example):
    def follow(self, **variables):
        self.kept = self.folder / "follow.resume"
        return self.start("follow_changes.py", f"--resume-file={self.kept}", role="analyst", **variables)

    def read(self, process, count):
        """So many changes, as the example tells them."""
        lines = [json.loads(process.stdout.readline() or self.fail("it ended instead")) for _ in range(count)]
        return [(line["message"], line["state"]) for line in lines]

    def kill(self, process, sign=signal.SIGKILL):
        process.send_signal(sign)
        rest, _ = process.communicate(timeout=30)
        return rest

    def test_nothing_is_missed_between_two_runs(self):
        first = self.follow()
        self.register(["order-1"])
        self.assertEqual(self.read(first, 1), [("order-1", "dispatched")])
        kept = until(lambda: self.kept.exists() and self.kept.read_text())
        self.record(["order-1"], status_pb2.STATUS_KIND_DELIVERED)
        self.assertEqual(self.read(first, 1), [("order-1", "delivered")])
        until(lambda: self.kept.read_text() != kept)
        self.assertEqual(self.kill(first), "")

        # While it does not run.
        self.record(["order-1"], status_pb2.STATUS_KIND_READ)
        self.register(["order-2", "order-3"])

        second = self.follow()
        told = self.read(second, 3)
        self.assertEqual(told[0], ("order-1", "read"))
        self.assertEqual(sorted(told[1:]), [("order-2", "dispatched"), ("order-3", "dispatched")])
        self.register(["order-4"])
        self.assertEqual(self.read(second, 1), [("order-4", "dispatched")])
        self.assertEqual(self.kill(second, signal.SIGINT), "")
        self.assertEqual(second.returncode, 130)

    def test_only_a_place_that_is_no_more_is_told_as_such(self):
        for code, said in (
            (grpc.StatusCode.FAILED_PRECONDITION, "it was away for longer than changes are kept"),
            (grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED TOKEN_EXPIRED"),
        ):
            with Failing(1, code, reason="TOKEN_EXPIRED") as server:
                process = self.follow(ACUSE_MESSAGE_STATE=server.address)
                _, errors = process.communicate()
                self.assertTrue(errors.startswith(said), errors)
                self.assertEqual((process.returncode, server.calls), (1, 1))

    def test_a_busy_service_is_followed_when_it_says(self):
        busy = grpc.StatusCode.RESOURCE_EXHAUSTED
        with Failing(2, busy, retry_seconds=0.05, reason="TOO_MANY_CALLS") as server:
            process = self.follow(ACUSE_MESSAGE_STATE=server.address)
            self.assertEqual(until(lambda: self.kept.exists() and self.kept.read_text()), "so far")
            self.assertGreater(server.calls, 2)
            self.kill(process)
        with Failing(1, busy, reason="TOO_MUCH") as server:
            process = self.follow(ACUSE_MESSAGE_STATE=server.address)
            _, errors = process.communicate()
            self.assertTrue(errors.startswith("RESOURCE_EXHAUSTED TOO_MUCH"), errors)
            self.assertEqual((process.returncode, server.calls), (1, 1))

    def test_it_goes_on_after_a_cut(self):
        with Link(running().address("message-state")) as link:
            process = self.follow(ACUSE_MESSAGE_STATE=link.address)
            self.register(["order-1"])
            self.assertEqual(self.read(process, 1), [("order-1", "dispatched")])
            kept = until(lambda: self.kept.exists() and self.kept.read_text())
            self.assertTrue(kept)
            link.cut()
            self.register(["order-2"])
            while (told := self.read(process, 1)) == [("order-1", "dispatched")]:
                pass  # Told again where the cut came before it was written down.
            self.assertEqual(told, [("order-2", "dispatched")])
            self.kill(process)


if __name__ == "__main__":
    unittest.main()
