"""Calls that are tried again: while their caller waits, and as futures."""

import importlib
import pathlib
import threading
import time
import unittest
import uuid

import acuse
import grpc
from acuse._tries import _described as described
from acuse.export.v1 import export_pb2, export_service_pb2_grpc
from acuse.reporting.v1 import consolidated_pb2, reporting_service_pb2_grpc

from failing import Failing
from suite import until

CONSOLIDATED = consolidated_pb2.GetConsolidatedRequest()


class Retries(unittest.TestCase):
    def test_what_the_protos_say_is_found_of_every_service(self):
        files = list(pathlib.Path(acuse.__path__[0]).glob("*/v1/*_service_pb2.py"))
        self.assertGreaterEqual(len(files), 12)
        for file in files:
            name = f"acuse.{file.parent.parent.name}.v1.{file.stem}"
            for service in importlib.import_module(name).DESCRIPTOR.services_by_name.values():
                for method in service.methods:
                    self.assertIs(described(f"/{service.full_name}/{method.name}"), method)
        self.assertIsNone(described("/grpc.health.v1.Health/Check"))

    def call(self, server, request, **options):
        timeout = options.pop("timeout", None)
        with acuse.connect(server.address, token="a token", **options) as channel:
            if isinstance(request, export_pb2.CreateExportRequest):
                return export_service_pb2_grpc.ExportServiceStub(channel).CreateExport(request, timeout=timeout)
            return reporting_service_pb2_grpc.ReportingServiceStub(channel).GetConsolidated(request, timeout=timeout)

    def test_a_call_that_changes_nothing_is_tried_again(self):
        with Failing(2) as server:
            self.call(server, CONSOLIDATED)
            self.assertEqual(server.calls, 3)

    def test_it_waits_for_as_long_as_the_service_says(self):
        with Failing(1, grpc.StatusCode.RESOURCE_EXHAUSTED, retry_seconds=0.4) as server:
            began = time.monotonic()
            self.call(server, CONSOLIDATED)
            self.assertEqual(server.calls, 2)
            self.assertGreaterEqual(time.monotonic() - began, 0.4)

    def test_what_trying_again_does_not_mend_is_told_at_once(self):
        with Failing(1, grpc.StatusCode.FAILED_PRECONDITION) as server:
            with self.assertRaises(acuse.Error) as refused:
                self.call(server, CONSOLIDATED)
            self.assertEqual((server.calls, refused.exception.retry_after), (1, None))

    def test_a_wait_beyond_the_time_given_is_told_instead(self):
        for options in ({"retry_for": 5}, {"timeout": 5}, {"retry_for": 0}):
            with Failing(1, retry_seconds=60) as server:
                with self.assertRaises(acuse.Error) as refused:
                    self.call(server, CONSOLIDATED, **options)
                self.assertEqual((server.calls, refused.exception.retry_after), (1, 60))

    def test_a_call_that_makes_something_is_tried_again_only_with_an_id(self):
        with Failing(1) as server:
            with self.assertRaises(acuse.Error):
                self.call(server, export_pb2.CreateExportRequest())
            self.assertEqual(server.calls, 1)
        with Failing(1) as server:
            self.call(server, export_pb2.CreateExportRequest(request_id=str(uuid.uuid4())))
            self.assertEqual(server.calls, 2)


class Futures(unittest.TestCase):
    def begin(self, server, request=CONSOLIDATED, timeout=None, **options):
        channel = acuse.connect(server.address, token="a token", **options)
        self.addCleanup(channel.close)
        if isinstance(request, export_pb2.CreateExportRequest):
            return export_service_pb2_grpc.ExportServiceStub(channel).CreateExport.future(request, timeout=timeout)
        return reporting_service_pb2_grpc.ReportingServiceStub(channel).GetConsolidated.future(request, timeout=timeout)

    def test_one_is_tried_again_while_its_caller_goes_on(self):
        with Failing(1, retry_seconds=60) as server:
            future = self.begin(server, retry_for=90)
            # Were it waited for, it would be done by now.
            self.assertFalse(future.done())
            with self.assertRaises(grpc.FutureTimeoutError):
                future.result(timeout=0.01)
            self.assertTrue(future.cancel())
            self.assertTrue(future.cancelled() and future.done() and not future.cancel())
            self.assertEqual(future.code(), grpc.StatusCode.CANCELLED)
            for ask in (future.result, future.exception):
                with self.assertRaises(grpc.FutureCancelledError):
                    ask()
            self.assertTrue(until(lambda: not waiting()))

    def test_what_is_mended_by_then_is_its_result(self):
        with Failing(2) as server:
            future = self.begin(server)
            told = []
            future.add_done_callback(lambda done: told.append(done.result()))
            self.assertEqual(future.result(timeout=30), consolidated_pb2.GetConsolidatedResponse())
            self.assertEqual((future.code(), future.exception(), server.calls), (grpc.StatusCode.OK, None, 3))
            # Also where it is over already.
            future.add_done_callback(lambda done: told.append(done.result()))
            self.assertEqual(told[-1], future.result())

    def test_what_trying_again_does_not_mend_is_its_error(self):
        with Failing(1, grpc.StatusCode.FAILED_PRECONDITION, reason="EXPORT_OVER") as server:
            future = self.begin(server)
            error = future.exception(timeout=30)
            self.assertEqual((type(error), error.reason, server.calls), (acuse.Error, "EXPORT_OVER", 1))
            self.assertEqual((future.code(), future.details()), (grpc.StatusCode.FAILED_PRECONDITION, "not now"))
            with self.assertRaises(acuse.Error):
                future.result()

    def test_it_is_bounded_as_every_call_is(self):
        for options in ({"retry_for": 5}, {"timeout": 5}, {"retry_for": 0}):
            with Failing(1, retry_seconds=60) as server:
                error = self.begin(server, **options).exception(timeout=30)
                self.assertEqual((server.calls, error.retry_after), (1, 60))
        with Failing(1) as server:
            self.assertIsNotNone(self.begin(server, export_pb2.CreateExportRequest()).exception(timeout=30))
            self.assertEqual(server.calls, 1)

    def test_many_wait_on_one_thread_which_ends_with_them(self):
        count = 20
        with Failing(count) as server, acuse.connect(server.address) as channel:
            get = reporting_service_pb2_grpc.ReportingServiceStub(channel).GetConsolidated
            futures = [get.future(CONSOLIDATED) for _ in range(count)]
            most = 0
            while not all(future.done() for future in futures):
                most = max(most, len(waiting()))
            self.assertEqual([future.exception() for future in futures], [None] * count)
            self.assertEqual(server.calls, 2 * count)
            self.assertLessEqual(most, 1)
            self.assertTrue(until(lambda: not waiting()))

    def test_a_channel_that_is_closed_meanwhile_ends_it(self):
        with Failing(1, retry_seconds=600) as server:
            channel = acuse.connect(server.address, retry_for=900)
            future = reporting_service_pb2_grpc.ReportingServiceStub(channel).GetConsolidated.future(CONSOLIDATED)
            self.assertTrue(until(waiting))
            channel.close()
            self.assertIsInstance(future.exception(timeout=30), ValueError)


def waiting():
    """Threads on which futures wait to be tried again."""
    return [thread for thread in threading.enumerate() if thread.name == "acuse-retries"]


if __name__ == "__main__":
    unittest.main()
