"""The examples that rank, and that load an export into a warehouse."""

import csv
import datetime
import hashlib
import http.server
import json
import sqlite3
import threading
import unittest
import zoneinfo

from acuse.export.v1 import export_pb2, export_service_pb2_grpc
from acuse.reporting.v1 import question_pb2
from acuse.type.v1 import status_pb2

from example import Example
from link import Link
from suite import running, until


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
        with Link(running().address("export"), cut_after=400_000) as link:
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


if __name__ == "__main__":
    unittest.main()
