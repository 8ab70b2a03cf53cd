/* The examples in TypeScript, run as written. */
import assert from "node:assert/strict";
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { connect } from "@acuse/client/node";
import { IngestionService } from "@acuse/client/ingestion";
import { Dimension, ReportingService } from "@acuse/client/reporting";
import { StatusKind } from "@acuse/client/type";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { registration, variable } from "./rig.ts";

const EXAMPLES = join(import.meta.dirname, "../../../examples/typescript");
const ingestion = createClient(IngestionService, connect(variable("ACUSE_INGESTION"), { token: variable("SENDER_TOKEN") }));
const reporting = createClient(ReportingService, connect(variable("ACUSE_REPORTING"), { token: variable("READER_TOKEN") }));

function start(context: TestContext, token: string, name: string, ...options: string[]): ChildProcessWithoutNullStreams {
  // What npx runs, without npx between: it would not hand a signal on.
  const command = ["--import", "tsx", name, ...options];
  const child = spawn(process.execPath, command, { cwd: EXAMPLES, env: { ...process.env, ACUSE_TOKEN: token } });
  context.after(() => child.kill("SIGKILL"));
  return child;
}

test("all lines are registered once, and what is rejected is told", async (context) => {
  const count = 9_500;
  const sentAt = new Date(Date.now() - 60_000).toISOString();
  const line = (id: string) => JSON.stringify({ id, phone: "+51977452931", body: "Hola", sentAt }) + "\n";
  const lines = Array.from({ length: count }, (_, number) => line(number === 7 ? "" : `typescript-${number}`)).join("");
  const said = [];
  for (let time = 0; time < 2; time++) {
    const child = start(context, variable("SENDER_TOKEN"), "send-registrations.ts", "555");
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
  const kept = join(folder, "follow.token");
  const follow = () => {
    const child = start(context, variable("READER_TOKEN"), "follow-changes.ts", kept);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    /** Reads on until a message is told, and gives its state. */
    const told = async (id: string): Promise<string> => {
      for (;;) {
        const { value, done } = await lines.next();
        assert.ok(!done, `it ended before ${id} was told`);
        const { message, state } = JSON.parse(value) as { message: string; state: string };
        if (message === id) {
          return state;
        }
      }
    };
    return { child, told };
  };
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
  assert.equal(await second.told("followed-1"), "delivered");
  assert.equal(await second.told("followed-2"), "dispatched");
});
