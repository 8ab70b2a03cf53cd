"""Receives providers' webhooks before Acuse, and hands them on byte for byte.

    python webhook_gateway.py --listen 127.0.0.1:8080 --public-url https://hooks.example.com

A provider is given https://hooks.example.com with the path that `acuse integration create` printed. What is not signed with the
integration's secret is answered 401; 200 says that all of it is durable. While Acuse is away the answer is 503, upon which most
providers send again: who cannot rely on that gives Acuse's own address to the provider, which keeps webhooks in its inbox.

What comes by GET is handed on to that address, and its answer to the provider: with it Meta verifies an address before it sends
anything there, and some providers send their webhooks so.
"""

import argparse
import http.client
import http.server
import os
import re
import sys
import time
import urllib.parse

import acuse
import grpc
from acuse.ingestion.v1 import ingestion_pb2, ingestion_service_pb2_grpc, integration_pb2

LARGEST = 3 << 20
PATH = re.compile(r"/webhooks/[a-z0-9-]+/(?P<integration>[0-9a-f-]+)(\?[!-~]*)?")
TIMEOUT = 5.0  # Seconds; providers wait for 10 or so.

# What a provider is answered. Anything else is no fault of the webhook's: 503.
ANSWERS = {
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.FAILED_PRECONDITION: 401,
    grpc.StatusCode.NOT_FOUND: 404,
}


class Gateway(http.server.ThreadingHTTPServer):
    def __init__(self, listen: tuple[str, int], public_url: str, ingestion_url: str, channel: grpc.Channel) -> None:
        super().__init__(listen, Handler)
        self.public_url = public_url
        self.ingestion_url = urllib.parse.urlsplit(ingestion_url)
        self.ingestion = ingestion_service_pb2_grpc.IngestionServiceStub(channel)


class Handler(http.server.BaseHTTPRequestHandler):
    server: Gateway
    timeout = 10  # Seconds for a request to come in.

    def log_request(self, *_: object) -> None:
        """Not with its path: some providers show their secret in it."""

    def do_GET(self) -> None:
        # A body that it may have is not read.
        self.close_connection = True
        if PATH.fullmatch(self.path) is None:
            self.send_error(404)
            return
        try:
            status, kind, body = self.ask()
        except (OSError, http.client.HTTPException) as error:
            self.log_message("%s", type(error).__name__)
            self.send_error(503)
            return
        self.send_response(status)
        self.send_header("content-type", kind)
        # It repeats what was asked with: never taken for a page.
        self.send_header("x-content-type-options", "nosniff")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def ask(self) -> tuple[int, str, bytes]:
        """What ingestion's own address answers to this request."""
        url = self.server.ingestion_url
        kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        connection = kind(url.netloc, timeout=TIMEOUT)
        # Some providers prove who they are in it; the rest is between them and this gateway.
        headers = {name: value for name, value in self.headers.items() if name.lower() == "authorization"}
        try:
            connection.request("GET", url.path.rstrip("/") + self.path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.getheader("content-type", "text/plain"), answer.read(LARGEST)
        finally:
            connection.close()

    def do_POST(self) -> None:
        path = PATH.fullmatch(self.path)
        if path is None:
            self.send_error(404)
            return
        length = self.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > LARGEST:
            self.send_error(413 if length.isdecimal() else 411)
            return
        body = self.rfile.read(int(length))
        request = ingestion_pb2.IngestWebhookRequest(
            integration_id=path["integration"],
            payload=body,
            headers=[integration_pb2.WebhookHeader(name=name, value=value) for name, value in self.headers.items()],
            url=self.server.public_url + self.path,
            verify_signature=True,
        )
        request.received_at.FromNanoseconds(time.time_ns())
        try:
            answer = self.server.ingestion.IngestWebhook(request, timeout=TIMEOUT)
        except acuse.Error as error:
            self.log_message("%s %s, request %s", error.status.name, error.reason, error.request_id)
            self.send_error(ANSWERS.get(error.status, 503))
            return
        self.log_message("%d findings", len(answer.findings))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()


def url_of(address: str) -> str:
    """The URL of an address as the client speaks to it: in plain on this machine, by TLS elsewhere."""
    if "://" in address:
        return address
    host = address.rpartition(":")[0]
    return f"{'http' if host in ('127.0.0.1', 'localhost', '[::1]') else 'https'}://{address}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Hands providers' webhooks on to Acuse.")
    parser.add_argument("--listen", default="127.0.0.1:8080", metavar="HOST:PORT")
    parser.add_argument("--public-url", required=True, help="how the address begins that providers call")
    arguments = parser.parse_args()
    host, _, port = arguments.listen.rpartition(":")
    ingestion = os.environ["ACUSE_INGESTION"]
    with (
        acuse.connect(ingestion, token=acuse.environment_token()) as channel,
        Gateway((host, int(port)), arguments.public_url.rstrip("/"), url_of(ingestion), channel) as gateway,
    ):
        print(f"listening on {host}:{gateway.server_port}", flush=True)
        gateway.serve_forever()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
