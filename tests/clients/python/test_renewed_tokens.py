"""Examples that run for longer than their token is good, and go on with the one that takes its place."""

import json
import os
import threading
import unittest

from example import LINE, Example, written
from suite import running, until

ROWS = 1_500
BATCH = 1_000  # As the example sends them.


class Renewed:
    """A token in a file, which is good for a short time and renewed long before that is over. Use it as a context."""

    def __init__(self, file, mint):
        self._file = file
        self._mint = mint
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self.replace(self._mint())
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def _run(self):
        while not self._over.wait(2):
            self.replace(self._mint())

    def replace(self, token):
        """Puts it in the place of the present one, as a whole."""
        beside = self._file.with_suffix(".new")
        beside.write_text(token)
        beside.replace(self._file)
        self.token = token


class RenewedTokens(Example):
    def test_streams_go_on_with_the_token_that_took_the_place_of_theirs(self):
        # Two examples at once, so that it is waited once: a token is good for ten seconds more than it says.
        renewed = Renewed(
            self.folder / "caller.token", lambda: self.token("service", "--scopes=ingest,report", "--expires-in=1s")
        )
        variables = {"role": "service", "ACUSE_TOKEN_FILE": str(self.folder / "caller.token")}
        following = ("follow_changes.py", f"--resume-file={self.folder / 'follow.resume'}")
        rows = written(self.folder / "rows.csv", range(ROWS)).read_text().splitlines(keepends=True)
        pipe = self.folder / "sent.csv"
        os.mkfifo(pipe)
        # Open both ways, which waits for nobody.
        with renewed, os.fdopen(os.open(pipe, os.O_RDWR), "w") as sent:
            follow = self.start(*following, **variables)
            send = self.start("send_registrations.py", pipe, f"--channel-account={LINE}", **variables)
            sent.writelines(rows[: 1 + BATCH])
            sent.flush()
            told = {self.told(follow)}
            self.assertTrue(until(lambda: self.counted().messages == BATCH))
            # Both streams began with this token or one before it.
            used = renewed.token
            self.assertTrue(until(lambda: self.has_expired(used)))
            self.assertIsNone(send.poll())
            sent.writelines(rows[1 + BATCH :])
            sent.close()
            output, errors = send.communicate()
            while len(told) < ROWS:
                told.add(self.told(follow))
        self.assertEqual((errors, send.returncode), ("", 0))
        counts = dict(reversed(part.split()) for part in output.split(", "))
        self.assertEqual(int(counts["applied"]) + int(counts["duplicate"]), ROWS)
        self.assertEqual(self.counted().messages, ROWS)

        # One that nobody renewed is told, and not taken for a place to go on from that is no more.
        renewed.replace(used)
        _, errors, code = self.run_to_its_end(*following, **variables)
        self.assertTrue(errors.startswith("UNAUTHENTICATED TOKEN_EXPIRED"), errors)
        self.assertEqual(code, 1)

    def told(self, process):
        return json.loads(process.stdout.readline() or self.fail("it ended instead"))["message"]


if __name__ == "__main__":
    unittest.main()
