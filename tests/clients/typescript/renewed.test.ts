/* Examples that run for longer than their token is good, and go on with the one that takes its place. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { AcuseError, connect } from "@acuse/client/node";
import { ReportingService } from "@acuse/client/reporting";
import { createClient } from "@connectrpc/connect";
import { start, startFollowing } from "./examples.ts";
import { variable } from "./rig.ts";

const ROWS = 1_500;
const BATCH = 1_000; // As the example sends them.

/** A token in a file, which is good for a short time and renewed long before that is over. */
class Renewed {
  readonly file: string;
  token = "";
  #over = new AbortController();
  #renewing = Promise.resolve();

  constructor(file: string) {
    this.file = file;
  }

  async begin(): Promise<void> {
    await this.#renew();
    this.#renewing = this.#run();
  }

  async end(): Promise<void> {
    this.#over.abort();
    await this.#renewing;
  }

  /** Puts a token in the place of the present one, as a whole. */
  async replace(token: string): Promise<void> {
    await writeFile(`${this.file}.new`, token);
    await rename(`${this.file}.new`, this.file);
    this.token = token;
  }

  async #run(): Promise<void> {
    while (await pause(2_000, true, { signal: this.#over.signal }).catch(() => false)) {
      await this.#renew();
    }
  }

  async #renew(): Promise<void> {
    const asked = ["token", "--role=service", "--workspace=acme", "--scopes=ingest,report", "--expires-in=1s"];
    const { stdout } = await promisify(execFile)(join(variable("ACUSE_BIN"), "acuse"), asked);
    await this.replace(stdout);
  }
}

test("streams go on with the token that took the place of theirs", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "acuse-renewed-"));
  // Two examples at once, so that it is waited once: a token is good for ten seconds more than it says.
  const renewed = new Renewed(join(folder, "caller.token"));
  await renewed.begin();
  context.after(async () => {
    await renewed.end();
    await rm(folder, { recursive: true });
  });
  const variables = { ACUSE_TOKEN_FILE: renewed.file };
  const kept = join(folder, "follow.resume");
  const following = startFollowing(context, variables, kept);
  const sending = start(context, variables, "send-registrations.ts", "557");
  const said = Promise.all([text(sending.stdout), text(sending.stderr), once(sending, "close")]);
  const sentAt = new Date(Date.now() - 60_000).toISOString();
  const line = (number: number) => JSON.stringify({ id: `renewed-${number}`, phone: "+51977452931", body: "Hola", sentAt }) + "\n";
  const lines = Array.from({ length: ROWS }, (_, number) => line(number));
  sending.stdin.write(lines.slice(0, BATCH).join(""));
  await following.told(`renewed-${BATCH - 1}`);

  // Both streams began with this token or one before it.
  const used = renewed.token;
  const reporting = createClient(ReportingService, connect(variable("ACUSE_REPORTING"), { token: used }));
  for (let reason = ""; reason !== "TOKEN_EXPIRED"; ) {
    reason = await reporting.getConsolidated({}).then(() => "", (thrown: unknown) => AcuseError.of(thrown).reason);
    await pause(50);
  }
  assert.equal(sending.exitCode, null);
  sending.stdin.end(lines.slice(BATCH).join(""));
  const [output, errors, [code]] = await said;
  assert.deepEqual([errors, code], ["", 0]);
  const [, applied, duplicate] = /^(\d+) applied, (\d+) duplicate, 0 rejected\n$/.exec(output) ?? [];
  assert.equal(Number(applied) + Number(duplicate), ROWS);
  assert.equal(await following.told(`renewed-${ROWS - 1}`), "dispatched");
  await renewed.end();

  // One that nobody renewed is told, and not taken for a place to go on from that is no more.
  await renewed.replace(used);
  const refused = startFollowing(context, variables, kept);
  const [[exit], told] = await Promise.all([once(refused.child, "close"), refused.errors]);
  assert.equal(exit, 1);
  assert.match(told, /Unauthenticated TOKEN_EXPIRED/);
});
