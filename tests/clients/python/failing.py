"""A server that fails calls as it is told to, which no real one does on demand."""

import concurrent.futures

import grpc
from acuse.export.v1 import export_pb2, export_service_pb2_grpc
from acuse.ingestion.v1 import ingestion_pb2, ingestion_service_pb2_grpc
from acuse.message_state.v1 import changes_pb2, message_state_service_pb2_grpc
from acuse.reporting.v1 import consolidated_pb2, reporting_service_pb2_grpc
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2


def acknowledged(requests):
    """What a stream of batches is answered with."""
    for request in requests:
        done = ingestion_pb2.BatchAcknowledgement(applied=len(request.registrations.messages))
        yield ingestion_pb2.IngestResponse(sequence=request.sequence, acknowledged=done)


ANSWERS = {
    "GetConsolidated": lambda _: consolidated_pb2.GetConsolidatedResponse(),
    "CreateExport": lambda _: export_pb2.CreateExportResponse(),
    "Ingest": acknowledged,
    "WatchMessages": lambda _: iter([changes_pb2.WatchMessagesResponse(resume_token="so far")]),
}


class Failing:
    """Fails so many calls and counts them all. Use it as a context."""

    def __init__(self, failures, code=grpc.StatusCode.UNAVAILABLE, retry_seconds=None, reason=None):
        self.calls = 0
        self._failures = failures
        self._code = code
        details = []
        if retry_seconds is not None:
            retry = error_details_pb2.RetryInfo()
            retry.retry_delay.FromNanoseconds(int(retry_seconds * 1e9))
            details.append(retry)
        if reason is not None:
            details.append(error_details_pb2.ErrorInfo(reason=reason, domain="acuse"))
        self._metadata = told(code, *details) if details else ()
        self._server = grpc.server(concurrent.futures.ThreadPoolExecutor(1))

    def __enter__(self):
        reporting_service_pb2_grpc.add_ReportingServiceServicer_to_server(self, self._server)
        export_service_pb2_grpc.add_ExportServiceServicer_to_server(self, self._server)
        message_state_service_pb2_grpc.add_MessageStateServiceServicer_to_server(self, self._server)
        ingestion_service_pb2_grpc.add_IngestionServiceServicer_to_server(self, self._server)
        port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()
        self.address = f"127.0.0.1:{port}"
        return self

    def __exit__(self, *_):
        self._server.stop(None).wait()

    def __getattr__(self, name):
        """Every RPC of these services. Those that are to be answered are in ANSWERS."""

        def serve(asked, context):
            self.calls += 1
            if self.calls <= self._failures:
                context.set_trailing_metadata(self._metadata)
                context.abort(self._code, "not now")
            return ANSWERS[name](asked)

        return serve


def told(code, *details):
    """What a service fails a call with."""
    packed = []
    for detail in details:
        packed.append(any_pb2.Any())
        packed[-1].Pack(detail)
    status = status_pb2.Status(code=code.value[0], message="not now", details=packed)
    return [("grpc-status-details-bin", status.SerializeToString())]
