/* What a browser's page does: gRPC-Web on reporting and export, and the questions that browsers ask before. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, test } from "node:test";
import { connect } from "@acuse/client/web";
import { connect as connectFromNode } from "@acuse/client/node";
import { ExportFormat, ExportReport, ExportService, ExportState } from "@acuse/client/export";
import { IngestionService } from "@acuse/client/ingestion";
import { Dimension, ReportingService } from "@acuse/client/reporting";
import { Code, createClient } from "@connectrpc/connect";
import { all, failure, registration, variable } from "./rig.ts";

const reader = { token: variable("READER_TOKEN") };
const reporting = createClient(ReportingService, connect(`http://${variable("ACUSE_REPORTING")}`, reader));
const exports = createClient(ExportService, connect(`http://${variable("ACUSE_EXPORT")}`, reader));
const IDS = ["web-1", "web-2", "web-3"];

before(async () => {
  const sender = { token: variable("SENDER_TOKEN") };
  const ingestion = createClient(IngestionService, connectFromNode(variable("ACUSE_INGESTION"), sender));
  await ingestion.registerMessages({ messages: IDS.map(registration) });
});

test("figures are asked for", async () => {
  const { rows, total } = await reporting.getBreakdown({ dimensions: [Dimension.CHANNEL] });
  assert.deepEqual(rows.map(({ values }) => values[0]?.id), ["whatsapp"]);
  assert.ok((total?.messages ?? 0n) >= BigInt(IDS.length));
});

test("what fails says why, with the fields that are wrong", async () => {
  const error = await failure(reporting.getConsolidated({ question: { timeZone: "Mars/Olympus" } }));
  assert.equal(error.code, Code.InvalidArgument);
  assert.deepEqual(error.fieldViolations.map(({ field }) => field), ["question.time_zone"]);
});

test("an export is asked for, watched and downloaded by streams", async () => {
  const asked = await exports.createExport({ export: { report: ExportReport.OUTBOUND, format: ExportFormat.CSV } });
  const id = asked.export?.id ?? "";
  const told = await all(exports.watchExport({ id }));
  const made = told.at(-1)?.export;
  assert.equal(made?.state, ExportState.SUCCEEDED);
  const pieces = await all(exports.downloadExport({ id }));
  const file = Buffer.concat(pieces.map(({ chunk }) => chunk));
  assert.equal(createHash("sha256").update(file).digest("hex"), made.file?.sha256);
  assert.equal(file.toString().trimEnd().split("\r\n").length, Number(made.file?.rows) + 1);
});

test("a stream fails with a reason", async () => {
  const watch = exports.watchExport({ id: "0190a1b2-0000-7000-8000-000000000000" });
  const error = await failure(all(watch));
  assert.equal(error.code, Code.NotFound);
  assert.match(error.reason, /^[A-Z_]+$/);
});

/** What a browser asks before a page of that origin may call. */
async function preflight(service: "ACUSE_REPORTING" | "ACUSE_EXPORT", method: string, origin: string): Promise<Headers> {
  const headers = {
    origin,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type,grpc-timeout,x-grpc-web,x-user-agent",
  };
  const answer = await fetch(`http://${variable(service)}/${method}`, { method: "OPTIONS", headers });
  assert.equal(answer.status, 200);
  return answer.headers;
}

test("pages of the origins configured may call, and no others", async () => {
  for (const [service, method] of [
    ["ACUSE_REPORTING", "acuse.reporting.v1.ReportingService/GetBreakdown"],
    ["ACUSE_EXPORT", "acuse.export.v1.ExportService/DownloadExport"],
  ] as const) {
    const headers = await preflight(service, method, variable("ORIGIN"));
    assert.equal(headers.get("access-control-allow-origin"), variable("ORIGIN"));
    assert.match(headers.get("access-control-allow-methods") ?? "", /\bPOST\b/);
    const allowed = (headers.get("access-control-allow-headers") ?? "").toLowerCase().split(",");
    for (const name of ["authorization", "content-type", "grpc-timeout", "x-grpc-web", "x-user-agent"]) {
      assert.ok(allowed.includes(name), `${name} is not among ${allowed.join()}`);
    }
    const others = await preflight(service, method, "https://elsewhere.example.com");
    assert.equal(others.get("access-control-allow-origin"), null);
  }
});

test("a page may read how its call ended", async () => {
  const answer = await fetch(`http://${variable("ACUSE_REPORTING")}/acuse.reporting.v1.ReportingService/GetBreakdown`, {
    method: "POST",
    headers: { origin: variable("ORIGIN"), "content-type": "application/grpc-web+proto", "x-grpc-web": "1" },
    body: new Uint8Array(5),
  });
  assert.equal(answer.headers.get("grpc-status"), String(Code.Unauthenticated));
  assert.equal(answer.headers.get("access-control-allow-origin"), variable("ORIGIN"));
  const exposed = (answer.headers.get("access-control-expose-headers") ?? "").toLowerCase();
  for (const name of ["grpc-status", "grpc-message", "grpc-status-details-bin"]) {
    assert.ok(exposed.includes(name), exposed);
  }
});
