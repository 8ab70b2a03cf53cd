/* Calls that are tried again, against a server that fails as many as it is told to, which no real one does on demand. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { connect, type NodeOptions } from "@acuse/client/node";
import { ExportService } from "@acuse/client/export";
import { ReportingService } from "@acuse/client/reporting";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { failure } from "./rig.ts";

type Clients = { reporting: ReturnType<typeof reportingOf>; exports: ReturnType<typeof exportsOf> };
const reportingOf = (address: string, options: NodeOptions) => createClient(ReportingService, connect(address, options));
const exportsOf = (address: string, options: NodeOptions) => createClient(ExportService, connect(address, options));

/** Calls the server with `use`, and gives how many calls it saw. */
async function calls(failures: number, error: ConnectError, options: NodeOptions, use: (clients: Clients) => Promise<unknown>) {
  let seen = 0;
  const serve = () => {
    seen += 1;
    if (seen <= failures) {
      throw error;
    }
    return {};
  };
  const server = createServer(
    connectNodeAdapter({
      routes: (router) => router.service(ReportingService, { getConsolidated: serve }).service(ExportService, { createExport: serve }),
    }),
  );
  const sessions: { destroy(): void }[] = [];
  server.on("session", (session) => sessions.push(session));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await use({ reporting: reportingOf(address, options), exports: exportsOf(address, options) });
  } finally {
    sessions.forEach((session) => session.destroy());
    server.close();
  }
  return seen;
}

const away = new ConnectError("not now", Code.Unavailable);

test("a call that changes nothing is tried again", async () => {
  assert.equal(await calls(2, away, {}, ({ reporting }) => reporting.getConsolidated({})), 3);
});

test("what trying again does not mend is told at once", async () => {
  const error = new ConnectError("never", Code.FailedPrecondition);
  assert.equal(await calls(1, error, {}, ({ reporting }) => failure(reporting.getConsolidated({}))), 1);
});

test("where nothing is to be repeated nothing is", async () => {
  assert.equal(await calls(1, away, { retryForMs: 0 }, ({ reporting }) => failure(reporting.getConsolidated({}))), 1);
});

test("a call that makes something is tried again only with an id", async () => {
  assert.equal(await calls(1, away, {}, ({ exports }) => failure(exports.createExport({}))), 1);
  assert.equal(await calls(1, away, {}, ({ exports }) => exports.createExport({ requestId: crypto.randomUUID() })), 2);
});

test("a token that is renewed is asked for before each attempt", async () => {
  let asked = 0;
  const token = () => `token ${(asked += 1)}`;
  await calls(2, away, { token }, ({ reporting }) => reporting.getConsolidated({}));
  assert.equal(asked, 3);
});

test("white space around a token does not go with it", async () => {
  // Of a file that ends with a line: no header may have that in it.
  const token = () => "a token\n";
  assert.equal(await calls(0, away, { token }, ({ reporting }) => reporting.getConsolidated({})), 1);
});

test("a call that is given up is not tried again", async () => {
  const gone = AbortSignal.timeout(50);
  const use = ({ reporting }: Clients) => assert.rejects(reporting.getConsolidated({}, { signal: gone }), { code: Code.Canceled });
  assert.ok((await calls(1_000, away, {}, use)) < 10);
});
