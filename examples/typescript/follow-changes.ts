/*
 * Follows what becomes of messages, and goes on where it was when it is started again: nothing is left out.
 *
 *     npx tsx follow-changes.ts follow.resume
 *
 * Prints a line of JSON for each message that changed. Whatever takes the place of printing has to bear that a change comes twice:
 * where the program is killed between a change and writing down how far it came, that change comes again.
 */
import { open, readFile, rename } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { AcuseError, connect, environmentToken } from "@acuse/client/node";
import { ChangeKind, MessageStateService, type MessageChange } from "@acuse/client/message-state";
import { MessageState } from "@acuse/client/type";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { Code, createClient, type Client } from "@connectrpc/connect";

const LONGEST_PAUSE_MS = 10_000;

function handle(change: MessageChange): void {
  const told = {
    message: change.message?.senderMessageId ?? change.messageId,
    state: MessageState[change.stateAfter ?? MessageState.UNSPECIFIED]?.toLowerCase(),
    left: change.kind === ChangeKind.LEFT,
    at: change.committedAt && timestampDate(change.committedAt),
  };
  console.log(JSON.stringify(told));
}

async function kept(path: string): Promise<string> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") {
      throw error;
    }
    return "";
  });
}

/** Whole or not at all, also where the machine stops. */
async function keep(path: string, resumeToken: string): Promise<void> {
  const beside = `${path}.new`;
  const file = await open(beside, "w");
  await file.writeFile(resumeToken);
  await file.sync();
  await file.close();
  await rename(beside, path);
}

/** Follows until the stream ends, which it does when the service stops or the way to it is cut. */
async function follow(messages: Client<typeof MessageStateService>, path: string): Promise<void> {
  const resumeToken = await kept(path);
  for await (const answer of messages.watchMessages({ resumeToken, fromOldest: resumeToken === "" })) {
    answer.changes.forEach(handle);
    await keep(path, answer.resumeToken);
  }
}

const { ACUSE_MESSAGE_STATE: address } = process.env;
const [path] = process.argv.slice(2);
if (!address || !path) {
  throw new Error("set ACUSE_MESSAGE_STATE, and name a file where it is kept how far it came");
}
const token = environmentToken();
const messages = createClient(MessageStateService, connect(address, { token }));
for (let pauseMs = 100; ; ) {
  const began = performance.now();
  const used = await token();
  try {
    await follow(messages, path);
  } catch (thrown) {
    const error = AcuseError.of(thrown);
    // The caller's token is good no more, which ends the stream as well: it goes on with the one that took its place.
    if (error.code === Code.Unauthenticated && (await token()) !== used) {
      continue;
    }
    // The token to go on from is: of another kind, and with the same reason.
    if (error.code === Code.FailedPrecondition && error.reason === "TOKEN_EXPIRED") {
      throw new Error("it was away for longer than changes are kept: copy what there is anew, and remove the file");
    }
    // What is busy says when to try again; what is away may have no time to.
    if (error.retryAfterMs === undefined && error.code !== Code.Unavailable) {
      throw error;
    }
    // A stream that lasted was no failure in a row.
    pauseMs = performance.now() - began > LONGEST_PAUSE_MS ? 100 : Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    await pause(error.retryAfterMs ?? pauseMs);
  }
}
