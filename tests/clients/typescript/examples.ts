/* How the examples are started. */
import assert from "node:assert/strict";
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";

const EXAMPLES = join(import.meta.dirname, "../../../examples/typescript");

export type Variables = Record<string, string>;

/** Starts an example as written. */
export function start(context: TestContext, variables: Variables, name: string, ...options: string[]): ChildProcessWithoutNullStreams {
  // What npx runs, without npx between: it would not hand a signal on.
  // It ends with these tests, also where they are killed.
  const command = ["--pdeathsig", "KILL", process.execPath, "--import", "tsx", name, ...options];
  const child = spawn("setpriv", command, { cwd: EXAMPLES, env: { ...process.env, ...variables } });
  context.after(() => child.kill("SIGKILL"));
  // One that ends early leaves its input unread: what it said tells why.
  child.stdin.on("error", () => child.stdin.destroy());
  return child;
}

/** Starts the one that follows changes, and gives with it how to read what it tells. */
export function startFollowing(context: TestContext, variables: Variables, kept: string) {
  const child = start(context, variables, "follow-changes.ts", kept);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const errors = text(child.stderr);
  /** Reads on until a message is told, and gives its state. */
  const told = async (id: string): Promise<string> => {
    for (;;) {
      const { value, done } = await lines.next();
      assert.ok(!done, `it ended before ${id} was told: ${done && (await errors)}`);
      const { message, state } = JSON.parse(value) as { message: string; state: string };
      if (message === id) {
        return state;
      }
    }
  };
  return { child, told, errors };
}
