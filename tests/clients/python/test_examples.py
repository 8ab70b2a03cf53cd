"""The examples in Python, run as written against everything running."""

import csv
import datetime
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.error
import urllib.request
import zoneinfo

import acuse
from acuse.export.v1 import export_pb2, export_service_pb2_grpc
from acuse.ingestion.v1 import ingestion_pb2, ingestion_service_pb2_grpc
from acuse.ingestion.v1 import integration_pb2, integration_service_pb2_grpc
from acuse.message_state.v1 import message_state_pb2, message_state_service_pb2_grpc
from acuse.reporting.v1 import consolidated_pb2, question_pb2, reporting_service_pb2_grpc
from acuse.type.v1 import channel_pb2, content_pb2, reference_pb2, registration_pb2, stage_pb2, status_pb2

from link import Link
from suite import Suite, until

EXAMPLES = pathlib.Path(__file__).resolve().parents[3] / "examples" / "python"
LINE = "106540352242922"
ZONE = zoneinfo.ZoneInfo("America/Lima")
SECONDS = 60


def setUpModule():
    global suite
    suite = Suite()
    suite.__enter__()
    unittest.addModuleCleanup(suite.__exit__, None, None, None)


class Example(unittest.TestCase):
    """A folder and a workspace of its own for each test."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.workspace = self._testMethodName.replace("_", "-")[:40].strip("-")
        suite.create_workspace(self.workspace)

    def token(self, role):
        return suite.token(role, f"--workspace={self.workspace}")

    def stub(self, service, stub, role):
        channel = acuse.connect(suite.address(service), token=self.token(role))
        self.addCleanup(channel.close)
        return stub(channel)

    def start(self, name, *arguments, role, **variables):
        """Starts an example as a person would from its folder."""
        environment = {**os.environ, **suite.environment, "ACUSE_TOKEN": self.token(role), **variables}
        process = subprocess.Popen(
            [sys.executable, name, *map(str, arguments)],
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


class Registrations(Example):
    ROWS = 20_500
    AT = datetime.datetime.now(ZONE) - datetime.timedelta(minutes=5)

    def write(self, spoiled=()):
        path = self.folder / "sent.csv"
        at = self.AT.isoformat()
        with path.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["id", "phone", "body", "sent_at"])
            for number in range(self.ROWS):
                text = "" if number in spoiled else f"order-{number}"
                rows.writerow([text, f"+519774{number:05}", "Tu pedido va en camino", at])
        return path

    def send(self, path, **variables):
        return self.run_to_its_end("send_registrations.py", path, f"--channel-account={LINE}", role="service", **variables)

    def test_all_of_a_file_are_registered_once(self):
        path = self.write(spoiled=(7, 20_000))
        output, errors, code = self.send(path)
        self.assertEqual(output, f"{self.ROWS - 2} applied, 0 duplicate, 2 rejected\n")
        self.assertEqual(errors.count("INVALID_ARGUMENT"), 2)
        self.assertIn("sender_message_id", errors)
        self.assertEqual(code, 1)
        self.assertEqual(self.counted().messages, self.ROWS - 2)

        output, errors, code = self.send(self.write())
        self.assertEqual((output, errors, code), (f"2 applied, {self.ROWS - 2} duplicate, 0 rejected\n", "", 0))
        self.assertEqual(self.counted().messages, self.ROWS)

    def test_what_a_cut_left_unanswered_is_sent_again(self):
        # Answers are short: some of them have come by then, and most have not.
        with Link(suite.address("ingestion"), cut_after=500) as link:
            output, errors, code = self.send(self.write(), ACUSE_INGESTION=link.address)
            self.assertEqual((errors, code, link.cuts), ("", 0, 1))
        told = dict(reversed(part.split()) for part in output.split(", "))
        self.assertEqual(int(told["applied"]) + int(told["duplicate"]), self.ROWS)
        self.assertEqual(self.counted().messages, self.ROWS)

    def test_a_wrong_token_is_told_in_words(self):
        _, errors, code = self.send(self.write(), ACUSE_TOKEN="none")
        self.assertTrue(errors.startswith("UNAUTHENTICATED"), errors)
        self.assertEqual(code, 1)


class Gateway(Example):
    SECRET = "an app's secret"

    def create_integration(self):
        integrations = self.stub("ingestion", integration_service_pb2_grpc.IntegrationServiceStub, "administrator")
        integration = integration_pb2.Integration(provider=channel_pb2.PROVIDER_META_WHATSAPP, display_name="WhatsApp")
        meta = integration_pb2.MetaSecrets(app_secrets=[self.SECRET], verify_token="a token to verify")
        request = integration_pb2.CreateIntegrationRequest(
            integration=integration, secrets=integration_pb2.IntegrationSecrets(meta=meta)
        )
        return integrations.CreateIntegration(request).integration.id

    def webhook(self, kind, wamid="wamid.1"):
        at = str(int(datetime.datetime.now().timestamp()) - 30)
        status = {"id": wamid, "status": kind, "timestamp": at, "recipient_id": "51977452931"}
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "5115550100", "phone_number_id": LINE},
            "statuses": [status],
        }
        entry = {"id": "102290129340398", "changes": [{"field": "messages", "value": value}]}
        return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()

    def deliver(self, address, integration, body, secret=SECRET):
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"content-type": "application/json", "x-hub-signature-256": f"sha256={signature}"}
        request = urllib.request.Request(f"http://{address}/{integration}", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    def start_gateway(self, **variables):
        arguments = ("--listen=127.0.0.1:0", "--public-url=https://hooks.example.com")
        process = self.start("webhook_gateway.py", *arguments, role="service", **variables)
        # It goes on writing its log: nobody reads it, and it is short.
        return process.stdout.readline().removeprefix("listening on ").strip()

    def test_webhooks_are_handed_on_byte_for_byte(self):
        integration = self.create_integration()
        at = datetime.datetime.now(ZONE) - datetime.timedelta(minutes=1)
        message = registration("order-1", at)
        message.provider_message_id.CopyFrom(
            reference_pb2.ProviderMessageId(provider=channel_pb2.PROVIDER_META_WHATSAPP, id="wamid.1")
        )
        ingestion = self.stub("ingestion", ingestion_service_pb2_grpc.IngestionServiceStub, "service")
        ingestion.RegisterMessages(ingestion_pb2.RegisterMessagesRequest(messages=[message]))

        address = self.start_gateway()
        read = self.webhook("read")
        self.assertEqual(self.deliver(address, integration, read, secret="somebody else's"), 401)
        self.assertEqual(self.state_of("order-1"), stage_pb2.MESSAGE_STATE_DISPATCHED)
        # A space that changes the bytes and not what they mean: the signature is of the bytes.
        self.assertEqual(self.deliver(address, integration, read + b" "), 200)
        self.assertEqual(self.state_of("order-1"), stage_pb2.MESSAGE_STATE_READ)
        self.assertEqual(self.deliver(address, integration, read), 200)

        self.assertEqual(self.deliver(address, integration, b"neither JSON nor a form"), 400)
        self.assertEqual(self.deliver(address, "0190a1b2-0000-7000-8000-000000000000", read), 404)

    def test_a_provider_is_told_to_come_again_while_acuse_is_away(self):
        # A port that nothing listens on.
        with Link(suite.address("ingestion")) as link:
            address = self.start_gateway(ACUSE_INGESTION=link.address)
        self.assertEqual(self.deliver(address, "any", self.webhook("read")), 503)


class Chat(http.server.ThreadingHTTPServer):
    """A chat that takes messages."""

    def __init__(self, status=200):
        outer = self
        self.texts = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.texts.append(json.loads(body)["text"])
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)

    def __enter__(self):
        self._thread = threading.Thread(target=self.serve_forever)
        self._thread.start()
        return super().__enter__()

    def __exit__(self, *error):
        self.shutdown()
        self._thread.join()
        super().__exit__(*error)

    def url(self):
        return f"http://127.0.0.1:{self.server_port}/hooks/secret"


class Ranking(Example):
    def setUp(self):
        super().setUp()
        # Where it is not about midnight: a week may end there while the test runs.
        zones = [zoneinfo.ZoneInfo(name) for name in ("America/Lima", "Asia/Tokyo")]
        self.zone = next(zone for zone in zones if 1 <= datetime.datetime.now(zone).hour < 23)

    def send_weeks(self):
        """Of two templates in the last week and the one before, in which the other was first; and one message of this week."""
        now = datetime.datetime.now(self.zone)
        monday = now.replace(hour=12, minute=0) - datetime.timedelta(days=now.weekday())
        for weeks, shares in ((1, {"oferta": 2, "saludo": 6}), (2, {"oferta": 5, "saludo": 1})):
            at = monday - datetime.timedelta(days=7 * weeks)
            for template, reads in shares.items():
                ids = [f"{template}-{weeks}-{number}" for number in range(8)]
                self.register(ids, at, template=template)
                self.record(ids, status_pb2.STATUS_KIND_DELIVERED, at + datetime.timedelta(minutes=1))
                self.record(ids[:reads], status_pb2.STATUS_KIND_READ, at + datetime.timedelta(minutes=2))
        self.register(["new"], template="saludo")
        begin = monday - datetime.timedelta(days=7)
        return f"{begin:%d %B} to {begin + datetime.timedelta(days=6):%d %B %Y}"

    def test_last_weeks_templates_are_posted_to_a_chat(self):
        period = self.send_weeks()
        arguments = (f"--time-zone={self.zone.key}", "--minimum=5")
        with Chat() as chat:
            output, errors, code = self.run_to_its_end(
                "weekly_ranking.py", *arguments, f"--post-to={chat.url()}", role="analyst"
            )
            self.assertEqual((output, errors, code), ("", "", 0))
        expected = [
            f"*Templates by read rate*, {period}",
            "1. saludo: 75.0% of 8 (▲1)",
            "2. oferta: 25.0% of 8 (▼1)",
        ]
        self.assertEqual(chat.texts, ["\n".join(expected)])

        output, _, _ = self.run_to_its_end("weekly_ranking.py", *arguments, role="analyst")
        self.assertEqual(output.splitlines(), expected)

    def test_a_chat_that_refuses_is_told_without_its_address(self):
        with Chat(status=403) as chat:
            arguments = ("--time-zone=America/Lima", f"--post-to={chat.url()}")
            _, errors, code = self.run_to_its_end("weekly_ranking.py", *arguments, role="analyst")
        self.assertEqual(code, 1)
        self.assertIn("Forbidden", errors)
        self.assertNotIn("secret", errors)
        self.assertEqual(len(chat.texts), 1)
        self.assertIn("No template", chat.texts[0])


class Warehouse(Example):
    MESSAGES = 3_000

    def test_the_warehouse_holds_what_the_export_does(self):
        ids = [f"order-{number}" for number in range(self.MESSAGES)]
        self.register(ids)
        self.record(ids[:1_000], status_pb2.STATUS_KIND_DELIVERED)
        self.check_against_an_export(self.load())
        # What became of them since is brought up to date, and what is new is added.
        self.record(ids[:500], status_pb2.STATUS_KIND_READ)
        self.register(["order-new"])
        rows = self.load()
        self.check_against_an_export(rows)
        self.assertEqual(len(rows), self.MESSAGES + 1)
        states = [row["state"] for row in rows]
        self.assertEqual((states.count("read"), states.count("delivered")), (500, 500))

    def test_a_download_that_breaks_off_goes_on(self):
        # Ids that no compression makes small, so that the file comes in three pieces, and is cut amid the second.
        digests = (hashlib.sha512(str(number).encode()).hexdigest() for number in range(4_500))
        self.register([f"{digest}{digest[::-1]}" for digest in digests])
        with Link(suite.address("export"), cut_after=400_000) as link:
            rows = self.load(ACUSE_EXPORT=link.address)
            self.assertEqual(link.cuts, 1)
        self.check_against_an_export(rows)

    def load(self, **variables):
        path = self.folder / "warehouse.db"
        output, errors, code = self.run_to_its_end("export_to_warehouse.py", path, role="analyst", **variables)
        self.assertEqual(code, 0, errors)
        connection = sqlite3.connect(path)
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute("SELECT * FROM template_messages")]
        connection.close()
        self.assertEqual(output, f"{len(rows):,} rows\n")
        return rows

    def check_against_an_export(self, rows):
        """Compares with an export of the same, made otherwise: as CSV."""
        exports = self.stub("export", export_service_pb2_grpc.ExportServiceStub, "analyst")
        wanted = export_pb2.ExportRequest(
            report=export_pb2.EXPORT_REPORT_HSM_MANAGEMENT,
            format=export_pb2.EXPORT_FORMAT_CSV,
            columns=["message_id", "destination", "template"],
            question=question_pb2.Question(period=question_pb2.Period(preset=question_pb2.PRESET_LAST_30_DAYS)),
        )
        asked = exports.CreateExport(export_pb2.CreateExportRequest(export=wanted)).export

        def finished():
            return exports.GetExport(export_pb2.GetExportRequest(id=asked.id)).export.HasField("end_time")

        self.assertTrue(until(finished))
        pieces = exports.DownloadExport(export_pb2.DownloadExportRequest(id=asked.id))
        text = b"".join(piece.chunk for piece in pieces).decode()
        expected = {tuple(row) for row in list(csv.reader(text.splitlines()))[1:]}
        self.assertEqual({(row["message_id"], row["destination"], row["template"]) for row in rows}, expected)


class Following(Example):
    def follow(self, **variables):
        self.kept = self.folder / "follow.token"
        return self.start("follow_changes.py", f"--token-file={self.kept}", role="analyst", **variables)

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

    def test_it_goes_on_after_a_cut(self):
        with Link(suite.address("message-state")) as link:
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
