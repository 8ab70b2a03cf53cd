/* One message's way, as a platform's own program in Node would go it, and what it is told where something is wrong. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AcuseError, connect } from "@acuse/client/node";
import { IngestionService, RegisterMessagesRequestSchema } from "@acuse/client/ingestion";
import { MessageStateService } from "@acuse/client/message-state";
import { ReportingService } from "@acuse/client/reporting";
import { ItemOutcome, MessageState } from "@acuse/client/type";
import { create } from "@bufbuild/protobuf";
import { Code, createClient } from "@connectrpc/connect";
import { all, failure, registration, variable } from "./rig.ts";

const sender = { token: variable("SENDER_TOKEN") };
const reader = { token: variable("READER_TOKEN") };
const ingestion = createClient(IngestionService, connect(variable("ACUSE_INGESTION"), sender));
const reporting = createClient(ReportingService, connect(variable("ACUSE_REPORTING"), reader));

test("a message is registered once, and known from then on", async () => {
  const request = create(RegisterMessagesRequestSchema, { messages: [registration("order-1")] });
  const outcomes = [];
  for (let time = 0; time < 2; time++) {
    const { results } = await ingestion.registerMessages(request);
    outcomes.push(results.map(({ outcome }) => outcome));
  }
  assert.deepEqual(outcomes, [[ItemOutcome.APPLIED], [ItemOutcome.DUPLICATE]]);

  const messages = createClient(MessageStateService, connect(variable("ACUSE_MESSAGE_STATE"), reader));
  const key = { key: { case: "senderMessageId", value: "order-1" } } as const;
  const { message } = await messages.getMessage({ key });
  assert.equal(message?.state, MessageState.DISPATCHED);
  assert.equal(message.content?.body, "Tu pedido va en camino");
});

test("what fails says why, with every field that is wrong", async () => {
  const error = await failure(reporting.getConsolidated({ question: { timeZone: "Mars/Olympus", firstReply: { hoursOfDay: [24] } } }));
  assert.equal(error.code, Code.InvalidArgument);
  const fields = error.fieldViolations.map(({ field }) => field).sort();
  assert.deepEqual(fields, ["question.first_reply.hours_of_day[0]", "question.time_zone"]);
  for (const { field, description } of error.fieldViolations) {
    assert.ok(error.message.includes(field) && error.message.includes(description), error.message);
  }
  assert.match(error.reason, /^[A-Z_]+$/);
  assert.match(error.requestId, /./);
});

test("a wrong token is told, in a stream of requests as well", async () => {
  const nobody = createClient(IngestionService, connect(variable("ACUSE_INGESTION"), { token: () => Promise.resolve("none") }));
  assert.equal((await failure(nobody.registerMessages({}))).code, Code.Unauthenticated);
  const batches = async function* () {
    yield { sequence: 1n };
  };
  const error = await failure(all(nobody.ingest(batches())));
  assert.equal(error.code, Code.Unauthenticated);
  assert.match(error.reason, /^[A-Z_]+$/);
});

test("an error of another kind is one as well", () => {
  const error = AcuseError.of(new Error("out of cheese"));
  assert.deepEqual([error.code, error.reason, error.fieldViolations.length], [Code.Unknown, "", 0]);
});
