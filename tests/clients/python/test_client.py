"""The part of the client that is written by hand: addresses, tokens, errors, calls that are tried again."""

import concurrent.futures
import importlib
import pathlib
import time
import unittest
import uuid

import acuse
import grpc
from acuse._channel import _described, _target
from acuse.export.v1 import export_pb2, export_job_pb2, export_service_pb2_grpc
from acuse.ingestion.v1 import ingestion_pb2, ingestion_service_pb2_grpc
from acuse.reporting.v1 import consolidated_pb2, question_pb2, reporting_service_pb2_grpc
from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2

from suite import Suite

WORKSPACE = "acme"


class Addresses(unittest.TestCase):
    def test_an_address_says_whether_it_is_spoken_to_in_plain(self):
        known = {
            "127.0.0.1:7101": ("127.0.0.1:7101", True),
            "localhost:7101": ("localhost:7101", True),
            "[::1]:7101": ("[::1]:7101", True),
            "acuse.example.com:7101": ("acuse.example.com:7101", False),
            "acuse.example.com": ("acuse.example.com:443", False),
            "10.0.0.7:7101": ("10.0.0.7:7101", False),
            "http://10.0.0.7:7101": ("10.0.0.7:7101", True),
            "https://localhost:7101/": ("localhost:7101", False),
            "https://acuse.example.com": ("acuse.example.com:443", False),
        }
        self.assertEqual({address: _target(address) for address in known}, known)

    def test_another_scheme_is_refused(self):
        with self.assertRaises(ValueError):
            acuse.connect("ftp://acuse.example.com")


class Refusals(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = Suite()
        cls.suite.__enter__()
        cls.addClassCleanup(cls.suite.__exit__, None, None, None)
        cls.suite.create_workspace(WORKSPACE)

    def stub(self, service, stub, token):
        channel = acuse.connect(self.suite.address(service), token=token)
        self.addCleanup(channel.close)
        return stub(channel)

    def token(self, role):
        return self.suite.token(role, f"--workspace={WORKSPACE}")

    def test_a_wrong_token_is_told(self):
        stub = self.stub("ingestion", ingestion_service_pb2_grpc.IngestionServiceStub, "no token")
        with self.assertRaises(acuse.Error) as refused:
            stub.RegisterMessages(ingestion_pb2.RegisterMessagesRequest())
        error = refused.exception
        self.assertEqual((error.status, error.code()), (grpc.StatusCode.UNAUTHENTICATED,) * 2)
        self.assertTrue(error.reason)
        self.assertTrue(error.request_id)
        self.assertEqual(error.field_violations, ())
        # Code that knows grpc alone goes on working.
        self.assertIsInstance(error, grpc.RpcError)

    def test_wrong_fields_are_named_all_at_once(self):
        stub = self.stub("reporting", reporting_service_pb2_grpc.ReportingServiceStub, self.token("analyst"))
        question = question_pb2.Question(time_zone="Mars/Olympus", first_reply=question_pb2.FirstReply(hours_of_day=[24]))
        with self.assertRaises(acuse.Error) as refused:
            stub.GetConsolidated(consolidated_pb2.GetConsolidatedRequest(question=question))
        error = refused.exception
        self.assertEqual(error.status, grpc.StatusCode.INVALID_ARGUMENT)
        fields = {violation.field for violation in error.field_violations}
        self.assertEqual(fields, {"question.time_zone", "question.first_reply.hours_of_day[0]"})
        for violation in error.field_violations:
            self.assertIn(violation.field, str(error))
            self.assertIn(violation.description, str(error))

    def test_a_stream_fails_alike(self):
        stub = self.stub("export", export_service_pb2_grpc.ExportServiceStub, self.token("analyst"))
        watch = stub.WatchExport(export_job_pb2.WatchExportRequest(id=str(uuid.uuid4())))
        with self.assertRaises(acuse.Error) as refused:
            next(watch)
        self.assertEqual(refused.exception.status, grpc.StatusCode.NOT_FOUND)
        self.assertTrue(refused.exception.reason)

    def test_a_stream_of_requests_fails_alike(self):
        stub = self.stub("ingestion", ingestion_service_pb2_grpc.IngestionServiceStub, self.token("service"))
        # 0 is no number of a batch.
        answers = stub.Ingest(iter([ingestion_pb2.IngestRequest()]))
        with self.assertRaises(acuse.Error) as refused:
            next(answers)
        self.assertEqual(refused.exception.status, grpc.StatusCode.INVALID_ARGUMENT)
        self.assertEqual([violation.field for violation in refused.exception.field_violations], ["sequence"])

    def test_a_token_that_is_renewed_is_taken(self):
        tokens = iter(["expired", self.token("analyst")])
        stub = self.stub("reporting", reporting_service_pb2_grpc.ReportingServiceStub, lambda: next(tokens))
        with self.assertRaises(acuse.Error):
            stub.GetConsolidated(consolidated_pb2.GetConsolidatedRequest())
        stub.GetConsolidated(consolidated_pb2.GetConsolidatedRequest())


def status(code, *details):
    """What a service fails a call with."""
    packed = []
    for detail in details:
        packed.append(any_pb2.Any())
        packed[-1].Pack(detail)
    told = status_pb2.Status(code=code, message="not now", details=packed)
    return [("grpc-status-details-bin", told.SerializeToString())]


class Failing:
    """A server that fails as many calls as it is told to, which no real one does on demand, and counts them."""

    def __init__(self, failures, code=grpc.StatusCode.UNAVAILABLE, retry_seconds=None):
        self.calls = 0
        self._failures = failures
        self._code = code
        self._details = ()
        if retry_seconds is not None:
            retry = error_details_pb2.RetryInfo()
            retry.retry_delay.FromNanoseconds(int(retry_seconds * 1e9))
            self._details = status(code.value[0], retry)
        self._server = grpc.server(concurrent.futures.ThreadPoolExecutor(1))

    def __enter__(self):
        reporting_service_pb2_grpc.add_ReportingServiceServicer_to_server(self, self._server)
        export_service_pb2_grpc.add_ExportServiceServicer_to_server(self, self._server)
        port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()
        self.address = f"127.0.0.1:{port}"
        return self

    def __exit__(self, *_):
        self._server.stop(None).wait()

    def __getattr__(self, name):
        """Every RPC of both services; two of them are called."""
        answers = {"GetConsolidated": consolidated_pb2.GetConsolidatedResponse, "CreateExport": export_pb2.CreateExportResponse}

        def serve(_, context):
            self.calls += 1
            if self.calls <= self._failures:
                context.set_trailing_metadata(self._details)
                context.abort(self._code, "not now")
            return answers[name]()

        return serve


class Retries(unittest.TestCase):
    def test_what_the_protos_say_is_found_of_every_service(self):
        files = list(pathlib.Path(acuse.__path__[0]).glob("*/v1/*_service_pb2.py"))
        self.assertGreaterEqual(len(files), 12)
        for file in files:
            name = f"acuse.{file.parent.parent.name}.v1.{file.stem}"
            for service in importlib.import_module(name).DESCRIPTOR.services_by_name.values():
                for method in service.methods:
                    self.assertIs(_described(f"/{service.full_name}/{method.name}"), method)
        self.assertIsNone(_described("/grpc.health.v1.Health/Check"))

    def call(self, server, request, **options):
        timeout = options.pop("timeout", None)
        with acuse.connect(server.address, token="a token", **options) as channel:
            if isinstance(request, export_pb2.CreateExportRequest):
                return export_service_pb2_grpc.ExportServiceStub(channel).CreateExport(request, timeout=timeout)
            return reporting_service_pb2_grpc.ReportingServiceStub(channel).GetConsolidated(request, timeout=timeout)

    def test_a_call_that_changes_nothing_is_tried_again(self):
        with Failing(2) as server:
            self.call(server, consolidated_pb2.GetConsolidatedRequest())
            self.assertEqual(server.calls, 3)

    def test_it_waits_for_as_long_as_the_service_says(self):
        with Failing(1, grpc.StatusCode.RESOURCE_EXHAUSTED, retry_seconds=0.4) as server:
            began = time.monotonic()
            self.call(server, consolidated_pb2.GetConsolidatedRequest())
            self.assertEqual(server.calls, 2)
            self.assertGreaterEqual(time.monotonic() - began, 0.4)

    def test_what_trying_again_does_not_mend_is_told_at_once(self):
        with Failing(1, grpc.StatusCode.FAILED_PRECONDITION) as server:
            with self.assertRaises(acuse.Error) as refused:
                self.call(server, consolidated_pb2.GetConsolidatedRequest())
            self.assertEqual((server.calls, refused.exception.retry_after), (1, None))

    def test_a_wait_beyond_the_time_given_is_told_instead(self):
        for options in ({"retry_for": 5}, {"timeout": 5}, {"retry_for": 0}):
            with Failing(1, retry_seconds=60) as server:
                with self.assertRaises(acuse.Error) as refused:
                    self.call(server, consolidated_pb2.GetConsolidatedRequest(), **options)
                self.assertEqual((server.calls, refused.exception.retry_after), (1, 60))

    def test_a_call_that_makes_something_is_tried_again_only_with_an_id(self):
        with Failing(1) as server:
            with self.assertRaises(acuse.Error):
                self.call(server, export_pb2.CreateExportRequest())
            self.assertEqual(server.calls, 1)
        with Failing(1) as server:
            self.call(server, export_pb2.CreateExportRequest(request_id=str(uuid.uuid4())))
            self.assertEqual(server.calls, 2)


if __name__ == "__main__":
    unittest.main()
