"""Acuse running for a test, on a database of its own."""

import atexit
import functools
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import acuse
from acuse.message_state.v1 import workspace_pb2, workspace_service_pb2_grpc

BIN = pathlib.Path(os.environ["ACUSE_BIN"])
START_SECONDS = 60
STOP_SECONDS = 30

# Tests that are told to stop clean up, as after Ctrl-C.
signal.signal(signal.SIGTERM, signal.default_int_handler)


def ending_with_us(*command):
    """The command, which ends with the process that starts it even where that is killed: nothing is left running."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", *command] if setpriv else [*command]


@functools.cache
def running():
    """The one that all tests share which need nothing set. Each has workspaces of its own in it; it ends with this process."""
    suite = Suite()
    suite.__enter__()
    atexit.register(suite.__exit__, None, None, None)
    return suite


class Suite:
    """Everything on this machine, as `acuse up` runs it. Use it as a context."""

    def __init__(self, **variables):
        """With variables that all services are told."""
        self._variables = variables

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
            ending_with_us(
                BIN / "acuse",
                "up",
                f"--home={self._home.name}/home",
                f"--database-url={database}",
                f"--redis-url={os.environ['REDIS_URL']}",
                "--first-port=0",
            ),
            env={**clean, **self._variables},
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
        is_over = has_ended(self._acuse)
        # Drops the database, which nobody uses any more.
        self._keeper.stdin.close()
        is_over &= has_ended(self._keeper)
        self._acuse.stdout.close()
        self._keeper.stdout.close()
        self._log.close()
        self._home.cleanup()
        if not is_over:
            raise RuntimeError(f"acuse up or its database did not end in {STOP_SECONDS} s and was killed")

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

    def create_workspace(self, slug, time_zone="America/Lima"):
        """Makes a workspace, as who runs the installation does."""
        with acuse.connect(self.address("message-state"), token=self.token("operator")) as channel:
            workspace = workspace_pb2.Workspace(slug=slug, display_name=slug, time_zone=time_zone)
            workspaces = workspace_service_pb2_grpc.WorkspaceServiceStub(channel)
            workspaces.CreateWorkspace(workspace_pb2.CreateWorkspaceRequest(workspace=workspace))

    def stub(self, service, stub, token):
        """A generated stub whose every call carries the token."""
        return stub(acuse.connect(self.address(service), token=token))


def has_ended(process):
    """Whether one that was told to end does; what does not is killed."""
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
    return True


def until(condition, seconds=30):
    """What the condition gives once it gives something true."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found or time.monotonic() > end:
            return found
        time.sleep(0.05)
