/* What several tests need. */
import assert from "node:assert/strict";
import { AcuseError } from "@acuse/client/node";
import { Channel, ContentType, MessageType, OutboundRegistrationSchema, Source, type OutboundRegistration } from "@acuse/client/type";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";

/** A variable that the test was started with. */
export function variable(name: string): string {
  const value = process.env[name];
  assert.ok(value, `${name} is not set`);
  return value;
}

/** A message, sent a minute before these tests began: the same whenever it is asked for. */
export function registration(senderMessageId: string): OutboundRegistration {
  return create(OutboundRegistrationSchema, {
    senderMessageId,
    channel: Channel.WHATSAPP,
    channelAccountId: "106540352242922",
    contact: { phone: "+51977452931" },
    source: Source.API,
    type: MessageType.SESSION,
    contentType: ContentType.TEXT,
    content: { body: "Tu pedido va en camino" },
    queuedAt: SENT_AT,
    dispatchedAt: SENT_AT,
  });
}

const SENT_AT = timestampFromMs(Date.now() - 60_000);

/** What a call fails with, which has to. */
export async function failure(call: Promise<unknown>): Promise<AcuseError> {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof AcuseError, String(error));
    return error;
  }
  return assert.fail("the call succeeded");
}

/** All that a stream gives. */
export async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const messages = [];
  for await (const message of stream) {
    messages.push(message);
  }
  return messages;
}
