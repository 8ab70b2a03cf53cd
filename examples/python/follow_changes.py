"""Follows what becomes of messages, and goes on where it was when it is started again: nothing is left out.

    python follow_changes.py --resume-file follow.resume

Prints a line of JSON for each message that changed. Whatever takes the place of printing has to bear that a change comes twice: where
the program is killed between a change and writing down how far it came, that change comes again.
"""

import argparse
import json
import os
import pathlib
import sys
import time

import acuse
import grpc
from acuse.message_state.v1 import changes_pb2, message_state_service_pb2_grpc
from acuse.type.v1 import stage_pb2

LONGEST_PAUSE = 10.0


def handle(change: changes_pb2.MessageChange) -> None:
    told = {
        "message": change.message.sender_message_id or change.message_id,
        "state": stage_pb2.MessageState.Name(change.state_after).removeprefix("MESSAGE_STATE_").lower(),
        "left": change.kind == changes_pb2.CHANGE_KIND_LEFT,
        "at": change.committed_at.ToJsonString(),
    }
    print(json.dumps(told), flush=True)


def keep(path: pathlib.Path, resume_token: str) -> None:
    """Whole or not at all, also where the machine stops."""
    beside = path.with_suffix(".new")
    with beside.open("w") as file:
        file.write(resume_token)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def follow(messages: message_state_service_pb2_grpc.MessageStateServiceStub, path: pathlib.Path) -> None:
    """Follows until the stream ends, which it does when the service stops or the way to it is cut."""
    resume_token = path.read_text() if path.exists() else ""
    request = changes_pb2.WatchMessagesRequest(resume_token=resume_token, from_oldest=not resume_token)
    for answer in messages.WatchMessages(request):
        for change in answer.changes:
            handle(change)
        keep(path, answer.resume_token)


def main() -> None:
    parser = argparse.ArgumentParser(description="Prints what becomes of messages.")
    parser.add_argument("--resume-file", type=pathlib.Path, required=True, help="where it is kept how far it came")
    arguments = parser.parse_args()
    pause = 0.1
    token = acuse.environment_token()
    with acuse.connect(os.environ["ACUSE_MESSAGE_STATE"], token=token) as channel:
        messages = message_state_service_pb2_grpc.MessageStateServiceStub(channel)
        while True:
            began, used = time.monotonic(), token()
            try:
                follow(messages, arguments.resume_file)
            except acuse.Error as error:
                # The caller's token is good no more, which ends the stream as well: it goes on with the one that took its place.
                if error.status is grpc.StatusCode.UNAUTHENTICATED and token() != used:
                    continue
                # The token to go on from is: of another kind, and with the same reason.
                if error.status is grpc.StatusCode.FAILED_PRECONDITION and error.reason == "TOKEN_EXPIRED":
                    sys.exit("it was away for longer than changes are kept: copy what there is anew, and remove the resume file")
                # What is busy says when to try again; what is away may have no time to.
                if error.retry_after is None and error.status is not grpc.StatusCode.UNAVAILABLE:
                    raise
                # A stream that lasted was no failure in a row.
                pause = 0.1 if time.monotonic() - began > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
                time.sleep(error.retry_after or pause)


if __name__ == "__main__":
    try:
        main()
    except acuse.Error as failed:
        sys.exit(str(failed))
    except KeyboardInterrupt:
        sys.exit(130)
