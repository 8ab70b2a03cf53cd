"""Registers the messages of a CSV file over one stream: each batch is acknowledged once it is durable.

    python send_registrations.py sent.csv --channel-account 106540352242922

The file has the columns id, phone, body and sent_at (as in 2026-09-06T09:15:00-05:00). The same file again changes nothing. Rows that
are rejected are told on standard error, and the exit code is 1.
"""

import argparse
import csv
import datetime
import itertools
import os
import queue
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator

import acuse
import grpc
from acuse.ingestion.v1 import ingestion_pb2, ingestion_service_pb2_grpc
from acuse.type.v1 import channel_pb2, content_pb2, item_result_pb2, reference_pb2, registration_pb2

BATCH = 1_000
WINDOW = 8  # Batches sent and not acknowledged yet: all that is held in memory.
ATTEMPTS = 10  # Streams that break in a row, none of which acknowledged anything.

Answered = tuple[ingestion_pb2.IngestRequest, ingestion_pb2.IngestResponse]


def send(
    ingestion: ingestion_service_pb2_grpc.IngestionServiceStub,
    token: Callable[[], str],
    batches: Iterable[ingestion_pb2.RegisterMessagesRequest],
) -> Iterator[Answered]:
    """Sends batches and gives each with its answer, in order. What a broken stream left unanswered is sent again."""
    batches = iter(batches)
    unanswered: deque[ingestion_pb2.IngestRequest] = deque()
    numbers = itertools.count(1)
    attempt = 0
    while True:
        outgoing: queue.SimpleQueue[ingestion_pb2.IngestRequest | None] = queue.SimpleQueue()
        for request in unanswered:
            outgoing.put(request)
        used = token()
        answers = ingestion.Ingest(iter(outgoing.get, None))
        try:
            while True:
                while len(unanswered) < WINDOW and (batch := next(batches, None)):
                    request = ingestion_pb2.IngestRequest(sequence=next(numbers), registrations=batch)
                    unanswered.append(request)
                    outgoing.put(request)
                if not unanswered:
                    # The stream is over once the other side says so: a program that ends within a call may never end.
                    outgoing.put(None)
                    for _ in answers:
                        pass
                    return
                answer = next(answers)
                attempt = 0
                yield unanswered.popleft(), answer
        except acuse.Error as error:
            attempt += 1
            # A stream ends with the token that it was begun with.
            is_renewed = error.status is grpc.StatusCode.UNAUTHENTICATED and token() != used
            # What is busy says when to try again; what is away may have no time to.
            passes = error.retry_after is not None or error.status is grpc.StatusCode.UNAVAILABLE
            if not (is_renewed or passes) or attempt == ATTEMPTS:
                raise
            time.sleep(error.retry_after or min(0.1 * 2**attempt, 10))
        finally:
            outgoing.put(None)  # Ends the stream from this side.


def registration(row: dict[str, str], channel_account: str) -> registration_pb2.OutboundRegistration:
    message = registration_pb2.OutboundRegistration(
        sender_message_id=row["id"],
        channel=channel_pb2.CHANNEL_WHATSAPP,
        channel_account_id=channel_account,
        contact=reference_pb2.ContactRef(phone=row["phone"]),
        source=registration_pb2.SOURCE_API,
        type=registration_pb2.MESSAGE_TYPE_SESSION,
        content_type=content_pb2.CONTENT_TYPE_TEXT,
        content=content_pb2.Content(body=row["body"]),
    )
    sent_at = datetime.datetime.fromisoformat(row["sent_at"])
    message.queued_at.FromDatetime(sent_at)
    message.dispatched_at.FromDatetime(sent_at)
    return message


def read(path: str, channel_account: str) -> Iterator[ingestion_pb2.RegisterMessagesRequest]:
    """The file in batches, read only as far as it is sent."""
    with open(path, newline="", encoding="utf-8") as file:
        messages = (registration(row, channel_account) for row in csv.DictReader(file))
        while batch := list(itertools.islice(messages, BATCH)):
            yield ingestion_pb2.RegisterMessagesRequest(messages=batch)


def main() -> int:
    parser = argparse.ArgumentParser(description="Registers the messages of a CSV file.")
    parser.add_argument("file")
    parser.add_argument("--channel-account", required=True, help="id of the number that they are sent from")
    arguments = parser.parse_args()

    counts: Counter[str] = Counter()
    batches = read(arguments.file, arguments.channel_account)
    token = acuse.environment_token()
    with acuse.connect(os.environ["ACUSE_INGESTION"], token=token) as channel:
        for request, answer in send(ingestion_service_pb2_grpc.IngestionServiceStub(channel), token, batches):
            if answer.HasField("refused"):
                sys.exit(f"a batch is refused: {answer.refused.message}")
            done = answer.acknowledged
            counts.update(applied=done.applied, duplicate=done.duplicate, rejected=done.rejected)
            for item in done.results:
                if item.result.outcome == item_result_pb2.ITEM_OUTCOME_REJECTED:
                    told(request.registrations.messages[item.index].sender_message_id, item.result.error)
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
    return 1 if counts["rejected"] else 0


def told(message_id: str, error: item_result_pb2.ItemError) -> None:
    print(f"{message_id}: {error.reason}: {error.message}", file=sys.stderr)
    for violation in error.field_violations:
        print(f"  {violation.field}: {violation.description}", file=sys.stderr)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except acuse.Error as failed:
        sys.exit(str(failed))
