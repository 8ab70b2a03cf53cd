"""Loads the template messages of the last 30 days into a warehouse, for which SQLite stands here.

    python export_to_warehouse.py warehouse.db

An export of JSON Lines is asked for, watched, downloaded (a download that breaks off goes on where it was), held against its SHA-256
and loaded in one transaction. Messages that are there already are brought up to date: run it as often as you like.
"""

import argparse
import gzip
import hashlib
import json
import os
import pathlib
import sqlite3
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from typing import TypeVar

import acuse
import grpc
from acuse.export.v1 import export_job_pb2, export_pb2, export_service_pb2_grpc
from acuse.reporting.v1 import question_pb2

COLUMNS = ["message_id", "template", "agent", "campaign", "destination", "state", "sent_at", "delivered_at", "read_at", "replied"]
ATTEMPTS = 10
Exports = export_service_pb2_grpc.ExportServiceStub
T = TypeVar("T")


def create(exports: Exports) -> export_pb2.Export:
    wanted = export_pb2.ExportRequest(
        report=export_pb2.EXPORT_REPORT_HSM_MANAGEMENT,
        format=export_pb2.EXPORT_FORMAT_JSON_LINES,
        compression=export_pb2.EXPORT_COMPRESSION_GZIP,
        columns=COLUMNS,
        question=question_pb2.Question(period=question_pb2.Period(preset=question_pb2.PRESET_LAST_30_DAYS)),
    )
    # With an id of ours the call can be repeated: it makes one export, however often it is sent.
    request = export_pb2.CreateExportRequest(export=wanted, request_id=str(uuid.uuid4()))
    return exports.CreateExport(request, timeout=30).export


def again(token: Callable[[], str], stream: Callable[[], T]) -> T:
    """Does it again where a stream breaks off on the way; each time it goes on from where it was."""
    for attempt in range(1, ATTEMPTS + 1):
        used = token()
        try:
            return stream()
        except acuse.Error as error:
            # A stream ends with the token that it was begun with.
            is_renewed = error.status is grpc.StatusCode.UNAUTHENTICATED and token() != used
            # What is busy says when to try again; what is away may have no time to.
            passes = error.retry_after is not None or error.status is grpc.StatusCode.UNAVAILABLE
            if not (is_renewed or passes) or attempt == ATTEMPTS:
                raise
            time.sleep(error.retry_after or min(0.1 * 2**attempt, 10))
    raise AssertionError("the last attempt returns or raises")


def finished(exports: Exports, export_id: str) -> export_pb2.Export:
    """The export once it is over, with its progress shown meanwhile."""
    for told in exports.WatchExport(export_job_pb2.WatchExportRequest(id=export_id)):
        export = told.export
        print(f"{export.progress.share:.0%}, {export.progress.rows_done:,} rows", file=sys.stderr)
        if export.HasField("end_time"):
            return export
    raise RuntimeError("the watch ended before the export did")


def download(exports: Exports, export: export_pb2.Export, path: pathlib.Path) -> None:
    """Gets what of the file is not there yet."""
    with path.open("ab") as file:
        request = export_pb2.DownloadExportRequest(id=export.id, offset=file.tell())
        for piece in exports.DownloadExport(request):
            file.write(piece.chunk)


def check(path: pathlib.Path, file: export_pb2.ExportFile) -> None:
    with path.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != file.sha256:
        sys.exit(f"what was downloaded is not the file: its SHA-256 is {found}, not {file.sha256}")


def rows(path: pathlib.Path) -> Iterator[list[object]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield [row.get(column) for column in COLUMNS]


def load(path: pathlib.Path, warehouse: str) -> int:
    marks = ", ".join("?" * len(COLUMNS))
    connection = sqlite3.connect(warehouse)
    try:
        with connection:
            connection.execute(f"CREATE TABLE IF NOT EXISTS template_messages ({', '.join(COLUMNS)}, PRIMARY KEY (message_id))")
            loaded = connection.executemany(f"INSERT OR REPLACE INTO template_messages VALUES ({marks})", rows(path))
            return loaded.rowcount
    finally:
        connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Loads template messages into a warehouse.")
    parser.add_argument("warehouse", help="a SQLite file")
    arguments = parser.parse_args()
    token = acuse.environment_token()
    with (
        acuse.connect(os.environ["ACUSE_EXPORT"], token=token) as channel,
        tempfile.TemporaryDirectory() as folder,
    ):
        exports = Exports(channel)
        asked = create(exports)
        export = again(token, lambda: finished(exports, asked.id))
        if export.state != export_pb2.EXPORT_STATE_SUCCEEDED:
            sys.exit(f"the export did not succeed: {export.failure.reason}: {export.failure.message}")
        path = pathlib.Path(folder) / "export"
        again(token, lambda: download(exports, export, path))
        check(path, export.file)
        print(f"{load(path, arguments.warehouse):,} rows")


if __name__ == "__main__":
    try:
        main()
    except acuse.Error as failed:
        sys.exit(str(failed))
