"""One message's way, as a platform's own program would go it: registered, reported on by the provider, in the figures."""

import csv
import hashlib
import hmac
import io
import json
import time
import unittest
import urllib.error
import urllib.request

from acuse.export.v1 import export_pb2, export_service_pb2_grpc
from acuse.ingestion.v1 import ingestion_pb2, ingestion_service_pb2_grpc
from acuse.ingestion.v1 import integration_pb2, integration_service_pb2_grpc
from acuse.message_state.v1 import message_state_pb2, message_state_service_pb2_grpc
from acuse.reporting.v1 import breakdown_pb2, consolidated_pb2, dimension_pb2, reporting_service_pb2_grpc
from acuse.type.v1 import channel_pb2, content_pb2, item_result_pb2, reference_pb2, registration_pb2, stage_pb2

from suite import running, until

WORKSPACE = "message"
LINE = "106540352242922"
WAMID = "wamid.HBgLNTE5Nzc0NTI5MzEVAgARGBI"
APP_SECRET = "an app's secret"


def setUpModule():
    global suite
    suite = running()
    suite.create_workspace(WORKSPACE)


def token(role, *options):
    return suite.token(role, f"--workspace={WORKSPACE}", *options)


def registration(now):
    message = registration_pb2.OutboundRegistration(
        sender_message_id="order-1795830683",
        provider_message_id=reference_pb2.ProviderMessageId(provider=channel_pb2.PROVIDER_META_WHATSAPP, id=WAMID),
        channel=channel_pb2.CHANNEL_WHATSAPP,
        channel_account_id=LINE,
        contact=reference_pb2.ContactRef(phone="+51977452931"),
        source=registration_pb2.SOURCE_USER,
        type=registration_pb2.MESSAGE_TYPE_TEMPLATE,
        template=reference_pb2.TemplateRef(id="1795801177", name="bienvenida", language="es"),
        agent=reference_pb2.AgentRef(id="ana", name="Ana Quispe"),
        department=reference_pb2.NamedRef(id="ventas", name="Ventas"),
        content_type=content_pb2.CONTENT_TYPE_TEMPLATE,
        content=content_pb2.Content(body="Te damos la bienvenida"),
    )
    message.queued_at.FromSeconds(now - 60)
    message.dispatched_at.FromSeconds(now - 59)
    return message


def webhook(now):
    """What Meta tells of that message, and the contact's answer to it, in one delivery."""

    def status(kind, at):
        return {"id": WAMID, "status": kind, "timestamp": str(at), "recipient_id": "51977452931"}

    answer = {
        "from": "51977452931",
        "id": "wamid.answer",
        "timestamp": str(now - 30),
        "type": "text",
        "text": {"body": "Gracias"},
        "context": {"from": LINE, "id": WAMID},
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "5115550100", "phone_number_id": LINE},
        "contacts": [{"wa_id": "51977452931", "profile": {"name": "Rosa"}}],
        # The later status first: order means nothing.
        "statuses": [status("read", now - 40), status("delivered", now - 50), status("sent", now - 58)],
        "messages": [answer],
    }
    change = {"field": "messages", "value": value}
    body = {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": [change]}]}
    return json.dumps(body).encode()


def deliver(path, body, secret=APP_SECRET):
    """Posts a webhook, and gives the status of the answer."""
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    request = urllib.request.Request(
        f"http://{suite.address('ingestion')}{path}",
        data=body,
        headers={"content-type": "application/json", "x-hub-signature-256": f"sha256={signature}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


class OneMessage(unittest.TestCase):
    def test_its_way(self):
        now = int(time.time())
        path = self.create_integration()

        ingestion = suite.stub("ingestion", ingestion_service_pb2_grpc.IngestionServiceStub, token("service"))
        request = ingestion_pb2.RegisterMessagesRequest(messages=[registration(now)])
        results = ingestion.RegisterMessages(request).results
        self.assertEqual([result.outcome for result in results], [item_result_pb2.ITEM_OUTCOME_APPLIED])
        again = ingestion.RegisterMessages(request).results
        self.assertEqual([result.outcome for result in again], [item_result_pb2.ITEM_OUTCOME_DUPLICATE])
        self.assertEqual(results[0].message_id, again[0].message_id)

        body = webhook(now)
        self.assertEqual(deliver(path, body, secret="somebody else's"), 401)
        self.assertEqual([deliver(path, body), deliver(path, body)], [200, 200])

        reader = token("analyst")
        state = suite.stub("message-state", message_state_service_pb2_grpc.MessageStateServiceStub, reader)
        key = message_state_pb2.MessageKey(sender_message_id="order-1795830683")
        message = state.GetMessage(message_state_pb2.GetMessageRequest(key=key)).message
        self.assertEqual(message.id, results[0].message_id)
        self.assertEqual(message.state, stage_pb2.MESSAGE_STATE_READ)

        self.check_figures(reader)
        self.check_export(reader)

    def create_integration(self):
        integrations = suite.stub(
            "ingestion",
            integration_service_pb2_grpc.IntegrationServiceStub,
            token("administrator"),
        )
        integration = integration_pb2.Integration(
            provider=channel_pb2.PROVIDER_META_WHATSAPP,
            display_name="WhatsApp",
        )
        meta = integration_pb2.MetaSecrets(app_secrets=[APP_SECRET], verify_token="a token to verify")
        created = integrations.CreateIntegration(
            integration_pb2.CreateIntegrationRequest(
                integration=integration,
                secrets=integration_pb2.IntegrationSecrets(meta=meta),
            )
        )
        return created.integration.webhook_path

    def check_figures(self, reader):
        reporting = suite.stub("reporting", reporting_service_pb2_grpc.ReportingServiceStub, reader)
        total = reporting.GetConsolidated(consolidated_pb2.GetConsolidatedRequest()).total
        figures = [total.messages, total.sent, total.delivered, total.read, total.replied, total.received]
        self.assertEqual(figures, [1, 1, 1, 1, 1, 1])
        self.assertEqual((total.read_rate.numerator, total.read_rate.denominator), (1, 1))
        request = breakdown_pb2.GetBreakdownRequest(dimensions=[dimension_pb2.DIMENSION_SUBTYPE])
        rows = reporting.GetBreakdown(request).rows
        self.assertEqual([(row.values[0].id, row.metrics.messages) for row in rows], [("bienvenida", 1)])

    def check_export(self, reader):
        exports = suite.stub("export", export_service_pb2_grpc.ExportServiceStub, reader)
        wanted = export_pb2.ExportRequest(
            report=export_pb2.EXPORT_REPORT_HSM_MANAGEMENT,
            format=export_pb2.EXPORT_FORMAT_CSV,
        )
        asked = exports.CreateExport(export_pb2.CreateExportRequest(export=wanted)).export

        def finished():
            export = exports.GetExport(export_pb2.GetExportRequest(id=asked.id)).export
            return export if export.HasField("end_time") else None

        export = until(finished)
        self.assertEqual(export.state, export_pb2.EXPORT_STATE_SUCCEEDED)
        pieces = exports.DownloadExport(export_pb2.DownloadExportRequest(id=asked.id))
        file = b"".join(piece.chunk for piece in pieces)
        self.assertEqual(hashlib.sha256(file).hexdigest(), export.file.sha256)
        header, row = csv.reader(io.StringIO(file.decode(), newline=""))
        told = dict(zip(header, row, strict=True))
        self.assertEqual(len(header), 19)
        self.assertEqual(told["Nombre del agente"], "Ana Quispe")
        self.assertEqual(told["ID mensaje"], "order-1795830683")
        self.assertEqual((told["Estado del mensaje"], told["Respondido"]), ("Leído", "Sí"))


class Refusals(unittest.TestCase):
    def test_a_wrong_item_spoils_no_other(self):
        good = registration(int(time.time()))
        good.sender_message_id = "order-2"
        good.ClearField("provider_message_id")
        bad = registration_pb2.OutboundRegistration()
        bad.CopyFrom(good)
        bad.sender_message_id = "order-3"
        bad.channel_account_id = ""
        stub = suite.stub("ingestion", ingestion_service_pb2_grpc.IngestionServiceStub, token("service"))
        results = stub.RegisterMessages(ingestion_pb2.RegisterMessagesRequest(messages=[bad, good])).results
        outcomes = [result.outcome for result in results]
        self.assertEqual(outcomes, [item_result_pb2.ITEM_OUTCOME_REJECTED, item_result_pb2.ITEM_OUTCOME_APPLIED])
        fields = [violation.field for violation in results[0].error.field_violations]
        self.assertEqual(fields, ["channel_account_id"])


if __name__ == "__main__":
    unittest.main()
