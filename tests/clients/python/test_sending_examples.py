"""The examples that send registrations and receive webhooks."""

import datetime
import hashlib
import hmac
import json
import unittest
import urllib.error
import urllib.parse
import urllib.request

import grpc
from acuse.ingestion.v1 import ingestion_pb2, ingestion_service_pb2_grpc
from acuse.ingestion.v1 import integration_pb2, integration_service_pb2_grpc
from acuse.type.v1 import channel_pb2, reference_pb2, stage_pb2

from example import LINE, ZONE, Example, registration, written
from failing import Failing
from link import Link
from suite import running


class Registrations(Example):
    ROWS = 9_500  # More than may be unanswered at once.

    def write(self, spoiled=()):
        return written(self.folder / "sent.csv", range(self.ROWS), spoiled)

    def send(self, path, **variables):
        return self.run_to_its_end("send_registrations.py", path, f"--channel-account={LINE}", role="service", **variables)

    def test_all_of_a_file_are_registered_once(self):
        path = self.write(spoiled=(7, 9_000))
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
        with Link(running().address("ingestion"), cut_after=500) as link:
            output, errors, code = self.send(self.write(), ACUSE_INGESTION=link.address)
            self.assertEqual((errors, code, link.cuts), ("", 0, 1))
        told = dict(reversed(part.split()) for part in output.split(", "))
        self.assertEqual(int(told["applied"]) + int(told["duplicate"]), self.ROWS)
        self.assertEqual(self.counted().messages, self.ROWS)

    def test_what_is_busy_is_asked_again_when_it_says(self):
        busy = grpc.StatusCode.RESOURCE_EXHAUSTED
        with Failing(2, busy, retry_seconds=0.05, reason="TOO_MANY_STREAMS") as server:
            output, errors, code = self.send(self.write(), ACUSE_INGESTION=server.address)
            self.assertEqual((output, errors, code), (f"{self.ROWS} applied, 0 duplicate, 0 rejected\n", "", 0))
            self.assertEqual(server.calls, 3)
        with Failing(1, busy, reason="MESSAGE_TOO_LARGE") as server:
            _, errors, code = self.send(self.write(), ACUSE_INGESTION=server.address)
            self.assertTrue(errors.startswith("RESOURCE_EXHAUSTED MESSAGE_TOO_LARGE"), errors)
            self.assertEqual((code, server.calls), (1, 1))

    def test_a_wrong_token_is_told_in_words(self):
        _, errors, code = self.send(self.write(), ACUSE_TOKEN="none")
        self.assertTrue(errors.startswith("UNAUTHENTICATED"), errors)
        self.assertEqual(code, 1)


class Gateway(Example):
    SECRET = "an app's secret"
    VERIFY_TOKEN = "a token to verify"
    NOBODYS = "/webhooks/meta-whatsapp/0190a1b2-0000-7000-8000-000000000000"

    def create_integration(self):
        integrations = self.stub("ingestion", integration_service_pb2_grpc.IntegrationServiceStub, "administrator")
        integration = integration_pb2.Integration(provider=channel_pb2.PROVIDER_META_WHATSAPP, display_name="WhatsApp")
        meta = integration_pb2.MetaSecrets(app_secrets=[self.SECRET], verify_token=self.VERIFY_TOKEN)
        request = integration_pb2.CreateIntegrationRequest(
            integration=integration, secrets=integration_pb2.IntegrationSecrets(meta=meta)
        )
        return integrations.CreateIntegration(request).integration.webhook_path

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

    def deliver(self, address, path, body, secret=SECRET):
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"content-type": "application/json", "x-hub-signature-256": f"sha256={signature}"}
        return self.answered(urllib.request.Request(f"http://{address}{path}", body, headers))[0]

    def verify(self, address, path, token=VERIFY_TOKEN):
        """What Meta does before it sends anything to an address."""
        query = urllib.parse.urlencode({"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1158201444"})
        return self.answered(f"http://{address}{path}?{query}")

    def answered(self, request):
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            error.close()
            return error.code, None

    def start_gateway(self, **variables):
        arguments = ("--listen=127.0.0.1:0", "--public-url=https://hooks.example.com")
        process = self.start("webhook_gateway.py", *arguments, role="service", **variables)
        # It goes on writing its log: nobody reads it, and it is short.
        return process.stdout.readline().removeprefix("listening on ").strip()

    def test_webhooks_are_handed_on_byte_for_byte(self):
        path = self.create_integration()
        at = datetime.datetime.now(ZONE) - datetime.timedelta(minutes=1)
        message = registration("order-1", at)
        message.provider_message_id.CopyFrom(
            reference_pb2.ProviderMessageId(provider=channel_pb2.PROVIDER_META_WHATSAPP, id="wamid.1")
        )
        ingestion = self.stub("ingestion", ingestion_service_pb2_grpc.IngestionServiceStub, "service")
        ingestion.RegisterMessages(ingestion_pb2.RegisterMessagesRequest(messages=[message]))

        address = self.start_gateway()
        read = self.webhook("read")
        self.assertEqual(self.deliver(address, path, read, secret="somebody else's"), 401)
        self.assertEqual(self.state_of("order-1"), stage_pb2.MESSAGE_STATE_DISPATCHED)
        # A space that changes the bytes and not what they mean: the signature is of the bytes.
        self.assertEqual(self.deliver(address, path, read + b" "), 200)
        self.assertEqual(self.state_of("order-1"), stage_pb2.MESSAGE_STATE_READ)
        self.assertEqual(self.deliver(address, path, read), 200)

        self.assertEqual(self.deliver(address, path, b"neither JSON nor a form"), 400)
        self.assertEqual(self.deliver(address, self.NOBODYS, read), 404)
        self.assertEqual(self.deliver(address, "/", read), 404)

    def test_an_address_is_verified(self):
        path = self.create_integration()
        address = self.start_gateway()
        self.assertEqual(self.verify(address, path), (200, b"1158201444"))
        self.assertEqual(self.verify(address, path, token="a wrong one"), (401, None))
        self.assertEqual(self.verify(address, self.NOBODYS), (401, None))
        # Nothing else of ingestion's is to be had by way of the gateway.
        self.assertEqual(self.verify(address, "/acuse.ingestion.v1.IngestionService/Ingest"), (404, None))

    def test_a_provider_is_told_to_come_again_while_acuse_is_away(self):
        # A port that nothing listens on.
        with Link(running().address("ingestion")) as link:
            address = self.start_gateway(ACUSE_INGESTION=link.address)
        self.assertEqual(self.deliver(address, self.NOBODYS, self.webhook("read")), 503)
        self.assertEqual(self.verify(address, self.NOBODYS), (503, None))


if __name__ == "__main__":
    unittest.main()
