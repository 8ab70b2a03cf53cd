"""Acuse running for a test, on a database of its own."""

import os
import pathlib
import subprocess
import tempfile
import time

import grpc

BIN = pathlib.Path(os.environ["ACUSE_BIN"])
START_SECONDS = 60


class Suite:
    """Everything on this machine, as `acuse up` runs it. Use it as a context."""

    def __enter__(self):
        self._home = tempfile.TemporaryDirectory(prefix="acuse-client-")
        # Ends, and drops the database, when its standard input does: however this process ends.
        self._keeper = subprocess.Popen(
            [BIN / "scratch_database"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        database = self._keeper.stdout.readline().strip()
        # As on a machine where nothing is configured.
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ACUSE_")}
        self._log = open(pathlib.Path(self._home.name) / "log", "w+b")
        self._acuse = subprocess.Popen(
            [
                BIN / "acuse",
                "up",
                f"--home={self._home.name}/home",
                f"--database-url={database}",
                f"--redis-url={os.environ['REDIS_URL']}",
                "--first-port=0",
            ],
            env=clean,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        try:
            self._read_environment()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _read_environment(self):
        # It says where it is once everything serves, and before that nothing.
        if not self._acuse.stdout.readline():
            self._log.seek(0)
            raise RuntimeError(f"acuse up failed: {self._log.read().decode()}")
        text = (pathlib.Path(self._home.name) / "home" / "env").read_text()
        pairs = (line.removeprefix("export ").split("=", 1) for line in text.splitlines())
        self.environment = {name: value.strip("'") for name, value in pairs}

    def __exit__(self, *_):
        self._acuse.terminate()
        self.exit_code = self._acuse.wait(timeout=START_SECONDS)
        self._acuse.stdout.close()
        self._log.close()
        self._keeper.stdin.close()
        self._keeper.wait(timeout=START_SECONDS)
        self._keeper.stdout.close()
        self._home.cleanup()

    def address(self, service):
        """Host and port of a service, for example "ingestion"."""
        return self.environment["ACUSE_" + service.upper().replace("-", "_")]

    def token(self, role, *options):
        """A token for a caller, as the command makes it."""
        made = subprocess.run(
            [BIN / "acuse", "token", f"--role={role}", *options],
            env={**os.environ, **self.environment},
            check=True,
            capture_output=True,
            text=True,
        )
        return made.stdout.strip()

    def stub(self, service, stub, token):
        """A generated stub whose every call carries the token."""
        return stub(grpc.intercept_channel(grpc.insecure_channel(self.address(service)), Bearer(token)))


class Bearer(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
):
    """Adds a token to every call."""

    def __init__(self, token):
        self._metadata = ("authorization", f"Bearer {token}")

    def _with_token(self, details):
        return details._replace(metadata=[*(details.metadata or []), self._metadata])

    def intercept_unary_unary(self, continuation, details, request):
        return continuation(self._with_token(details), request)

    def intercept_unary_stream(self, continuation, details, request):
        return continuation(self._with_token(details), request)


def until(condition, seconds=30):
    """What the condition gives once it gives something true."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found or time.monotonic() > end:
            return found
        time.sleep(0.05)
