/*
 * Registers messages of JSON Lines from standard input over one stream: each batch is acknowledged once it is durable.
 *
 *     npx tsx send-registrations.ts 106540352242922 < sent.jsonl
 *
 * The argument is the id of the number that they are sent from. A line has id, phone, body and sentAt, as in
 * {"id": "order-1", "phone": "+51977452931", "body": "Tu pedido va en camino", "sentAt": "2026-09-06T09:15:00-05:00"}. The same lines
 * again change nothing. What is rejected is told on standard error, and the exit code is 1.
 */
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { AcuseError, connect, environmentToken } from "@acuse/client/node";
import { IngestRequestSchema, IngestionService, type IngestRequest, type IngestResponse } from "@acuse/client/ingestion";
import { Channel, ContentType, ItemOutcome, MessageType, OutboundRegistrationSchema, Source } from "@acuse/client/type";
import type { OutboundRegistration } from "@acuse/client/type";
import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code, createClient, type Client } from "@connectrpc/connect";

const BATCH = 1_000;
const WINDOW = 8; // Batches sent and not acknowledged yet: all that is held in memory.
const ATTEMPTS = 10; // Streams that break in a row, none of which acknowledged anything.

/** Requests that are handed to a stream one by one; the stream ends when it is closed. */
class Outgoing {
  #waiting: IngestRequest[] = [];
  #closed = false;
  #wake = (): void => {};

  push(request: IngestRequest): void {
    this.#waiting.push(request);
    this.#wake();
  }

  close(): void {
    this.#closed = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<IngestRequest> {
    while (!this.#closed) {
      const next = this.#waiting.shift();
      if (next) {
        yield next;
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    }
  }
}

/** Sends batches and gives each with its answer, in order. What a broken stream left unanswered is sent again. */
async function* send(
  ingestion: Client<typeof IngestionService>,
  token: () => Promise<string>,
  batches: AsyncGenerator<OutboundRegistration[]>,
): AsyncGenerator<[IngestRequest, IngestResponse]> {
  const unanswered: IngestRequest[] = [];
  let sequence = 0n;
  for (let attempt = 1; ; attempt++) {
    const outgoing = new Outgoing();
    unanswered.forEach((request) => outgoing.push(request));
    const used = await token();
    try {
      const answers = ingestion.ingest(outgoing)[Symbol.asyncIterator]();
      // Asked for at once: what the stream fails with while there is nothing to send is told where the answer is waited for.
      const next = () => {
        const answer = answers.next();
        answer.catch(() => {});
        return answer;
      };
      let answer = next();
      for (;;) {
        while (unanswered.length < WINDOW) {
          const { value: messages, done } = await batches.next();
          if (done) {
            break;
          }
          sequence += 1n;
          const request = create(IngestRequestSchema, { sequence, items: { case: "registrations", value: { messages } } });
          unanswered.push(request);
          outgoing.push(request);
        }
        const request = unanswered[0];
        if (!request) {
          return;
        }
        const { value } = await answer;
        answer = next();
        attempt = 0;
        unanswered.shift();
        yield [request, value];
      }
    } catch (thrown) {
      const error = AcuseError.of(thrown);
      // A stream ends with the token that it was begun with.
      const isRenewed = error.code === Code.Unauthenticated && (await token()) !== used;
      // What is busy says when to try again; what is away may have no time to.
      const passes = error.retryAfterMs !== undefined || error.code === Code.Unavailable;
      if (!(isRenewed || passes) || attempt === ATTEMPTS) {
        throw error;
      }
      await pause(error.retryAfterMs ?? Math.min(100 * 2 ** attempt, 10_000));
    } finally {
      outgoing.close();
    }
  }
}

function registration(line: string, channelAccountId: string): OutboundRegistration {
  const { id, phone, body, sentAt } = JSON.parse(line) as Record<"id" | "phone" | "body" | "sentAt", string>;
  const at = timestampFromDate(new Date(sentAt));
  return create(OutboundRegistrationSchema, {
    senderMessageId: id,
    channel: Channel.WHATSAPP,
    channelAccountId,
    contact: { phone },
    source: Source.API,
    type: MessageType.SESSION,
    contentType: ContentType.TEXT,
    content: { body },
    queuedAt: at,
    dispatchedAt: at,
  });
}

/** Standard input in batches, read only as far as it is sent. */
async function* read(channelAccountId: string): AsyncGenerator<OutboundRegistration[]> {
  let batch: OutboundRegistration[] = [];
  for await (const line of createInterface({ input: process.stdin })) {
    batch.push(registration(line, channelAccountId));
    if (batch.length === BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) {
    yield batch;
  }
}

const { ACUSE_INGESTION: address } = process.env;
const [channelAccount] = process.argv.slice(2);
if (!address || !channelAccount) {
  throw new Error("set ACUSE_INGESTION, and give the id of the number that messages are sent from");
}
const token = environmentToken();
const ingestion = createClient(IngestionService, connect(address, { token }));
const counts = { applied: 0, duplicate: 0, rejected: 0 };
for await (const [request, { outcome }] of send(ingestion, token, read(channelAccount))) {
  if (outcome.case !== "acknowledged" || request.items.case !== "registrations") {
    throw new Error(`a batch is refused: ${outcome.case === "refused" ? outcome.value.message : "without a word"}`);
  }
  counts.applied += outcome.value.applied;
  counts.duplicate += outcome.value.duplicate;
  counts.rejected += outcome.value.rejected;
  for (const { index, result } of outcome.value.results) {
    if (result?.outcome === ItemOutcome.REJECTED) {
      const faults = result.error?.fieldViolations.map(({ field, description }) => `\n  ${field}: ${description}`) ?? [];
      const id = request.items.value.messages[index]?.senderMessageId;
      console.error(`${id}: ${result.error?.reason}: ${result.error?.message}${faults.join("")}`);
    }
  }
}
console.log(`${counts.applied} applied, ${counts.duplicate} duplicate, ${counts.rejected} rejected`);
process.exitCode = counts.rejected > 0 ? 1 : 0;
