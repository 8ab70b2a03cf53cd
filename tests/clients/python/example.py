"""What the tests of the examples have in common: they run them as written, against everything running."""

import csv
import datetime
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest
import zoneinfo

import acuse
from acuse.ingestion.v1 import ingestion_pb2, ingestion_service_pb2_grpc
from acuse.message_state.v1 import message_state_pb2, message_state_service_pb2_grpc
from acuse.reporting.v1 import consolidated_pb2, reporting_service_pb2_grpc
from acuse.type.v1 import channel_pb2, content_pb2, reference_pb2, registration_pb2, status_pb2

from suite import ending_with_us, running

EXAMPLES = pathlib.Path(__file__).resolve().parents[3] / "examples" / "python"
LINE = "106540352242922"
ZONE = zoneinfo.ZoneInfo("America/Lima")
SECONDS = 60
SENT_AT = datetime.datetime.now(ZONE) - datetime.timedelta(minutes=5)  # The same in every file.


class Example(unittest.TestCase):
    """A folder and a workspace of its own for each test."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.workspace = self._testMethodName.replace("_", "-")[:40].strip("-")
        running().create_workspace(self.workspace)

    def token(self, role, *options):
        return running().token(role, f"--workspace={self.workspace}", *options)

    def stub(self, service, stub, role):
        channel = acuse.connect(running().address(service), token=self.token(role))
        self.addCleanup(channel.close)
        return stub(channel)

    def has_expired(self, token):
        """Whether a token is good no more."""
        with acuse.connect(running().address("reporting"), token=token) as channel:
            try:
                reporting_service_pb2_grpc.ReportingServiceStub(channel).GetConsolidated(consolidated_pb2.GetConsolidatedRequest())
            except acuse.Error as error:
                return error.reason == "TOKEN_EXPIRED"
            return False

    def start(self, name, *arguments, role, **variables):
        """Starts an example as a person would from its folder."""
        environment = {**os.environ, **running().environment, "ACUSE_TOKEN": self.token(role), **variables}
        process = subprocess.Popen(
            ending_with_us(sys.executable, name, *map(str, arguments)),
            cwd=EXAMPLES,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        # What never says what is waited for is ended, and then says nothing: the test fails instead of standing still.
        watch = threading.Timer(SECONDS, process.kill)
        watch.start()
        self.addCleanup(self.stop, process)
        self.addCleanup(watch.cancel)
        return process

    def stop(self, process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def run_to_its_end(self, name, *arguments, role, **variables):
        """What it says on standard output and standard error, and its exit code."""
        process = self.start(name, *arguments, role=role, **variables)
        output, errors = process.communicate()
        return output, errors, process.returncode

    def register(self, ids, at=None, **fields):
        """Registers messages of a template, sent a minute ago or as said."""
        at = at or datetime.datetime.now(ZONE) - datetime.timedelta(minutes=1)
        messages = [registration(message_id, at, **fields) for message_id in ids]
        ingestion = self.stub("ingestion", ingestion_service_pb2_grpc.IngestionServiceStub, "service")
        results = ingestion.RegisterMessages(ingestion_pb2.RegisterMessagesRequest(messages=messages)).results
        self.assertFalse([result.error for result in results if result.HasField("error")])

    def record(self, ids, kind, at=None):
        """Records a status of each, half a minute ago or as said."""
        at = at or datetime.datetime.now(ZONE) - datetime.timedelta(seconds=30)
        statuses = [status_pb2.StatusEvidence(sender_message_id=message_id, kind=kind) for message_id in ids]
        for status in statuses:
            status.happened_at.FromDatetime(at)
        ingestion = self.stub("ingestion", ingestion_service_pb2_grpc.IngestionServiceStub, "service")
        results = ingestion.RecordStatuses(ingestion_pb2.RecordStatusesRequest(statuses=statuses)).results
        self.assertFalse([result.error for result in results if result.HasField("error")])

    def counted(self):
        reporting = self.stub("reporting", reporting_service_pb2_grpc.ReportingServiceStub, "analyst")
        return reporting.GetConsolidated(consolidated_pb2.GetConsolidatedRequest()).total

    def state_of(self, message_id):
        state = self.stub("message-state", message_state_service_pb2_grpc.MessageStateServiceStub, "analyst")
        key = message_state_pb2.MessageKey(sender_message_id=message_id)
        return state.GetMessage(message_state_pb2.GetMessageRequest(key=key)).message.state


def registration(message_id, at, template="bienvenida", body="Te damos la bienvenida"):
    message = registration_pb2.OutboundRegistration(
        sender_message_id=message_id,
        channel=channel_pb2.CHANNEL_WHATSAPP,
        channel_account_id=LINE,
        contact=reference_pb2.ContactRef(phone="+51977452931"),
        source=registration_pb2.SOURCE_BROADCAST,
        type=registration_pb2.MESSAGE_TYPE_TEMPLATE,
        template=reference_pb2.TemplateRef(id=f"id-of-{template}", name=template, language="es"),
        content_type=content_pb2.CONTENT_TYPE_TEMPLATE,
        content=content_pb2.Content(body=body),
    )
    message.queued_at.FromDatetime(at)
    message.dispatched_at.FromDatetime(at)
    return message


def written(path, numbers, spoiled=()):
    """A CSV file of registrations, sent five minutes ago, with those of `spoiled` in it without an id."""
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "phone", "body", "sent_at"])
        for number in numbers:
            text = "" if number in spoiled else f"order-{number}"
            rows.writerow([text, f"+519774{number:05}", "Tu pedido va en camino", SENT_AT.isoformat()])
    return path
