/* The examples in TypeScript, run as written. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { access, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer as createHttp2Server } from "node:http2";
import { createConnection, createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { connect } from "@acuse/client/node";
import { IngestionService } from "@acuse/client/ingestion";
import { MessageStateService } from "@acuse/client/message-state";
import { Dimension, ReportingService } from "@acuse/client/reporting";
import { StatusKind } from "@acuse/client/type";
import { toBinary } from "@bufbuild/protobuf";
import { DurationSchema, durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient, type ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { start, startFollowing } from "./examples.ts";
import { registration, variable } from "./rig.ts";

const ingestion = createClient(IngestionService, connect(variable("ACUSE_INGESTION"), { token: variable("SENDER_TOKEN") }));
const reporting = createClient(ReportingService, connect(variable("ACUSE_REPORTING"), { token: variable("READER_TOKEN") }));

/** A way to a service on which connections are broken off once, when so many bytes came from it. */
async function link(context: TestContext, target: string, cutAfter: number) {
  const [host, port] = target.split(":");
  const open: Socket[] = [];
  let passed = 0;
  let cuts = 0;
  const server = createServer((near) => {
    const far = createConnection(Number(port), host);
    open.push(near, far);
    open.forEach((socket) => socket.on("error", () => socket.destroy()));
    near.pipe(far);
    far.on("data", (bytes) => {
      passed += bytes.length;
      if (cuts === 0 && passed > cutAfter) {
        cuts += 1;
        open.forEach((socket) => socket.resetAndDestroy());
      } else {
        near.write(bytes);
      }
    });
    far.on("close", () => near.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    open.forEach((socket) => socket.destroy());
    server.close();
  });
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, cuts: () => cuts };
}

/** A server of these services, while the test lasts. */
async function serving(context: TestContext, routes: (router: ConnectRouter) => unknown): Promise<string> {
  const server = createHttp2Server(connectNodeAdapter({ routes: (router) => void routes(router) }));
  const sessions: { destroy(): void }[] = [];
  server.on("session", (session) => sessions.push(session));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    sessions.forEach((session) => session.destroy());
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What a service that is busy says: to come again after a moment. */
function busy(): ConnectError {
  const error = new ConnectError("busy", Code.ResourceExhausted);
  const delay = toBinary(DurationSchema, durationFromMs(50));
  // The package keeps the messages of google.rpc to itself. This one has a duration as its first field.
  error.details.push({ type: "google.rpc.RetryInfo", value: Uint8Array.of(0x0a, delay.length, ...delay) });
  return error;
}

test("all lines are registered once, and what is rejected is told", async (context) => {
  const count = 9_500;
  const sentAt = new Date(Date.now() - 60_000).toISOString();
  const line = (id: string) => JSON.stringify({ id, phone: "+51977452931", body: "Hola", sentAt }) + "\n";
  const lines = Array.from({ length: count }, (_, number) => line(number === 7 ? "" : `typescript-${number}`)).join("");
  const said = [];
  for (let time = 0; time < 2; time++) {
    const child = start(context, { ACUSE_TOKEN: variable("SENDER_TOKEN") }, "send-registrations.ts", "555");
    child.stdin.end(lines);
    const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
    assert.match(errors, /^: INVALID_ARGUMENT: .*\n {2}sender_message_id: /);
    assert.equal(code, 1);
    said.push(output);
  }
  assert.deepEqual(said, [
    `${count - 1} applied, 0 duplicate, 1 rejected\n`,
    `0 applied, ${count - 1} duplicate, 1 rejected\n`,
  ]);
  const { rows } = await reporting.getBreakdown({ dimensions: [Dimension.CHANNEL_ACCOUNT] });
  const counted = rows.find(({ values }) => values[0]?.id === "whatsapp:555");
  assert.equal(counted?.metrics?.messages, BigInt(count - 1));
});

test("nothing is missed between two runs", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "acuse-follow-"));
  context.after(() => rm(folder, { recursive: true }));
  const kept = join(folder, "follow.resume");
  const follow = (address = variable("ACUSE_MESSAGE_STATE")) =>
    startFollowing(context, { ACUSE_TOKEN: variable("READER_TOKEN"), ACUSE_MESSAGE_STATE: address }, kept);
  const record = (senderMessageId: string, kind: StatusKind) =>
    ingestion.recordStatuses({ statuses: [{ senderMessageId, kind, happenedAt: timestampFromMs(Date.now() - 1_000) }] });

  const first = follow();
  await ingestion.registerMessages({ messages: [registration("followed-1")] });
  assert.equal(await first.told("followed-1"), "dispatched");
  while (!(await access(kept).then(() => true, () => false))) {
    await new Promise(setImmediate);
  }
  assert.notEqual(await readFile(kept, "utf8"), "");
  first.child.kill("SIGKILL");
  await once(first.child, "close");

  // While it does not run.
  await record("followed-1", StatusKind.DELIVERED);
  await ingestion.registerMessages({ messages: [registration("followed-2")] });

  const second = follow();
  // Told again where it was killed before that was written down.
  let state = await second.told("followed-1");
  if (state === "dispatched") {
    state = await second.told("followed-1");
  }
  assert.equal(state, "delivered");
  assert.equal(await second.told("followed-2"), "dispatched");
  second.child.kill("SIGKILL");
  await once(second.child, "close");

  // Cut amid the stream: it goes on by itself.
  const cut = await link(context, variable("ACUSE_MESSAGE_STATE"), 300);
  const third = follow(cut.address);
  for (let number = 3; number < 9; number++) {
    await ingestion.registerMessages({ messages: [registration(`followed-${number}`)] });
    assert.equal(await third.told(`followed-${number}`), "dispatched");
  }
  assert.equal(cut.cuts(), 1);
});

test("what a cut left unanswered is sent again", async (context) => {
  const count = 9_500;
  const sentAt = new Date(Date.now() - 60_000).toISOString();
  const line = (number: number) => JSON.stringify({ id: `cut-${number}`, phone: "+51977452931", body: "Hola", sentAt }) + "\n";
  const cut = await link(context, variable("ACUSE_INGESTION"), 500);
  const variables = { ACUSE_TOKEN: variable("SENDER_TOKEN"), ACUSE_INGESTION: cut.address };
  const child = start(context, variables, "send-registrations.ts", "556");
  child.stdin.end(Array.from({ length: count }, (_, number) => line(number)).join(""));
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  assert.deepEqual([errors, code, cut.cuts()], ["", 0, 1]);
  const [, applied, duplicate] = /^(\d+) applied, (\d+) duplicate, 0 rejected\n$/.exec(output) ?? [];
  assert.equal(Number(applied) + Number(duplicate), count);
  const { rows } = await reporting.getBreakdown({ dimensions: [Dimension.CHANNEL_ACCOUNT] });
  const counted = rows.find(({ values }) => values[0]?.id === "whatsapp:556");
  assert.equal(counted?.metrics?.messages, BigInt(count));
});

test("what is busy is asked again when it says", async (context) => {
  let calls = 0;
  const refused = () => (calls += 1) <= 2;
  const address = await serving(context, (router) => {
    router.service(IngestionService, {
      async *ingest(requests) {
        if (refused()) {
          throw busy();
        }
        for await (const { sequence, items } of requests) {
          const applied = items.case === "registrations" ? items.value.messages.length : 0;
          yield { sequence, outcome: { case: "acknowledged", value: { applied } } };
        }
      },
    });
    router.service(MessageStateService, {
      async *watchMessages() {
        if (refused()) {
          throw busy();
        }
        yield { resumeToken: "so far" };
      },
    });
  });
  const variables = { ACUSE_TOKEN: variable("SENDER_TOKEN"), ACUSE_INGESTION: address, ACUSE_MESSAGE_STATE: address };
  const child = start(context, variables, "send-registrations.ts", "557");
  child.stdin.end(JSON.stringify({ id: "busy-1", phone: "+51977452931", body: "Hola", sentAt: new Date().toISOString() }) + "\n");
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  assert.deepEqual([output, errors, code, calls], ["1 applied, 0 duplicate, 0 rejected\n", "", 0, 3]);

  calls = 0;
  const folder = await mkdtemp(join(tmpdir(), "acuse-follow-"));
  context.after(() => rm(folder, { recursive: true }));
  const kept = join(folder, "follow.resume");
  const following = startFollowing(context, variables, kept);
  let ended = false;
  following.child.on("close", () => (ended = true));
  while (!(await access(kept).then(() => true, () => false))) {
    assert.ok(!ended, ended ? await following.errors : "");
    await new Promise(setImmediate);
  }
  assert.ok(calls > 2);
  // Before its folder goes.
  following.child.kill("SIGKILL");
  await once(following.child, "close");
});
