"""The part of the client that is written by hand: addresses, tokens, errors, and what the package holds."""

import copy
import importlib.metadata
import os
import pathlib
import pickle
import tempfile
import unittest
import unittest.mock
import uuid

import acuse
import grpc
from acuse._address import target
from acuse.export.v1 import export_job_pb2, export_service_pb2_grpc
from acuse.ingestion.v1 import ingestion_pb2, ingestion_service_pb2_grpc
from acuse.reporting.v1 import consolidated_pb2, question_pb2, reporting_service_pb2_grpc

from suite import running

ROOT = pathlib.Path(__file__).resolve().parents[3]
WORKSPACE = "client"


class Package(unittest.TestCase):
    def test_it_has_the_licence_of_the_repository(self):
        files = importlib.metadata.files("acuse")
        texts = [file.read_text() for file in files if file.match("licenses/LICENSE")]
        self.assertTrue(texts == [(ROOT / "LICENSE").read_text()], [len(text) for text in texts])


class Addresses(unittest.TestCase):
    def test_an_address_says_whether_it_is_spoken_to_in_plain(self):
        known = {
            "127.0.0.1:7101": ("127.0.0.1:7101", True),
            "localhost:7101": ("localhost:7101", True),
            "[::1]:7101": ("[::1]:7101", True),
            " 127.0.0.1:7101\n": ("127.0.0.1:7101", True),
            "acuse.example.com:7101": ("acuse.example.com:7101", False),
            "acuse.example.com": ("acuse.example.com:443", False),
            "10.0.0.7:7101": ("10.0.0.7:7101", False),
            "2001:db8::7": ("[2001:db8::7]:443", False),
            "[2001:db8::7]:7101": ("[2001:db8::7]:7101", False),
            "http://10.0.0.7:7101": ("10.0.0.7:7101", True),
            "HTTP://localhost": ("localhost:80", True),
            "https://localhost:7101/": ("localhost:7101", False),
            "https://acuse.example.com": ("acuse.example.com:443", False),
            "https://[::1]": ("[::1]:443", False),
        }
        self.assertEqual({address: target(address) for address in known}, known)

    def test_what_is_no_address_is_refused_and_what_is_wrong_is_said(self):
        wrong = {
            "ftp://acuse.example.com": "a URL of http or https",
            "https://acuse.example.com/acuse": "services have no path",
            "acuse.example.com:7101/acuse": "services have no path",
            "https://acuse.example.com?workspace=acme": "services have no path",
            "localhost": "as in localhost:7101",
            "127.0.0.1": "as in 127.0.0.1:7101",
            "::1": r"as in \[::1\]:7101",
            "[::1]": r"as in \[::1\]:7101",
            "[acuse]:7101": "no address",
            "acuse.example.com:http": "no address",
            "acuse.example.com:71010": "no address",
            "somebody@acuse.example.com": "no address",
            "acuse example.com:7101": "no address",
            "": "no address",
        }
        for address, said in wrong.items():
            with self.subTest(address), self.assertRaisesRegex(ValueError, said):
                acuse.connect(address)


class Tokens(unittest.TestCase):
    def test_a_file_is_read_anew(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "token"
            with unittest.mock.patch.dict(os.environ, {"ACUSE_TOKEN_FILE": str(file), "ACUSE_TOKEN": "another"}):
                token = acuse.environment_token()
            for text in ("first", "second"):
                file.write_text(text)
                self.assertEqual(token(), text)

    def test_without_a_file_it_is_the_variable_or_that_is_missed(self):
        with unittest.mock.patch.dict(os.environ, {"ACUSE_TOKEN_FILE": "", "ACUSE_TOKEN": "one"}):
            self.assertEqual(acuse.environment_token()(), "one")
        with unittest.mock.patch.dict(os.environ, clear=True), self.assertRaisesRegex(ValueError, "set ACUSE_TOKEN"):
            acuse.environment_token()


class Refusals(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = running()
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

    def test_an_error_goes_to_other_processes_whole(self):
        stub = self.stub("reporting", reporting_service_pb2_grpc.ReportingServiceStub, self.token("analyst"))
        with self.assertRaises(acuse.Error) as refused:
            stub.GetConsolidated(consolidated_pb2.GetConsolidatedRequest(question=question_pb2.Question(time_zone="Mars/Olympus")))
        error = refused.exception
        self.assertTrue(error.field_violations)
        self.assertTrue(error.trailing_metadata())

        def of(error):
            return type(error), str(error), error.args, vars(error)

        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            self.assertEqual(of(pickle.loads(pickle.dumps(error, protocol))), of(error))
        self.assertEqual(of(copy.deepcopy(error)), of(error))
        self.assertEqual({datum.key: datum.value for datum in error.trailing_metadata()}, dict(error.trailing_metadata()))

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
        # As files have them, with the end of the line.
        tokens = iter(["expired\n", f"{self.token('analyst')}\n"])
        stub = self.stub("reporting", reporting_service_pb2_grpc.ReportingServiceStub, lambda: next(tokens))
        with self.assertRaises(acuse.Error):
            stub.GetConsolidated(consolidated_pb2.GetConsolidatedRequest())
        stub.GetConsolidated(consolidated_pb2.GetConsolidatedRequest())


if __name__ == "__main__":
    unittest.main()
