"""Runs the blocks of pages one after the other, as somebody would who has nothing but the page: python pages.py FOLDER.

Each page has a copy of FOLDER/checkout and a home of its own, and so an Acuse of its own, on its own Postgres and Redis. Its shell blocks
are typed into one shell; a program is saved under the name that the text before it gives. What a page prints is held against what it
promises.
"""

import concurrent.futures
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(os.environ["ROOT"])
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SAVED_AS = re.compile(r"[Ss]aved as `([^`]+)`[^`]*$")
SECONDS = 300
# What a page started has as long to end when it is told to; ./dev gives the whole of it ten.
GRACE_SECONDS = 8

# Blocks that no page is tried with: the first is the whole test suite and the demonstration, which are commands of their own.
ELSEWHERE = {"./dev demo\n", "./dev test\n"}

# What stands in for a second terminal: `acuse up` goes on in the background, and the page goes on when it says that all serve. It ends,
# and what it started with it, also where the page's shell is killed.
PRELUDE = """
set -eu
cargo() { (cd "$ROOT" && command cargo --quiet "$@"); }
in_the_background() {
  setpriv --pdeathsig TERM "$@" >"$HOME/up" 2>"$HOME/log" &
  up=$!
  trap 'kill -TERM "$up"; wait "$up"' EXIT
  until grep -q 'is up' "$HOME/up"; do
    kill -0 "$up" || { cat "$HOME/log" >&2; exit 1; }
    sleep 0.1
  done
}
"""

UP = re.compile(r"^(\S*acuse up)$", re.MULTILINE)


def script(text):
    """The page as one script."""
    parts = [PRELUDE]
    end = 0
    for block in BLOCK.finditer(text):
        language, content = block.groups()
        before, end = text[end : block.start()], block.end()
        if language == "sh" and content not in ELSEWHERE:
            parts.append(UP.sub(r"in_the_background \1", content))
        elif language in ("python", "ts"):
            name = SAVED_AS.search(before)
            if name is None:
                raise SystemExit(f"the page does not say what this is saved as:\n{content}")
            parts.append(f"cat >{name[1]} <<'END OF PROGRAM'\n{content}END OF PROGRAM\n")
    return "\n".join(parts)


# The shells of pages that are under way. Each leads a group of its own, which nobody but this program ends.
SHELLS = []
LOCK = threading.Lock()


def end(shells):
    """Tells all that these started to end, and kills what of it has not after a while."""
    tell(shells, signal.SIGTERM)
    until = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < until and tell(shells, 0):
        time.sleep(0.05)
    tell(shells, signal.SIGKILL)


def tell(shells, sign):
    """Sends a signal to the groups, and gives whether there was anybody."""
    told = False
    for shell in shells:
        try:
            # A group is there for as long as anybody is in it; who has ended and was not waited for counts.
            shell.poll()
            os.killpg(shell.pid, sign)
            told = True
        except ProcessLookupError:
            pass
    return told


def stop(*_):
    # Those that wait for the shells do so in threads, which nothing interrupts.
    end(list(SHELLS))
    os._exit(128 + signal.SIGTERM)


def run(folder, name, text):
    """What the page prints."""
    home = folder / re.sub(r"\W", "-", name)
    home.mkdir()
    home.chmod(0o711)
    checkout = home / "checkout"
    shutil.copytree(folder / "checkout", checkout, symlinks=True)
    # As on a machine where nothing is configured; and whoever is root keeps their things in this home as well.
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("ACUSE_", "DATABASE_URL", "REDIS_URL"))}
    variables = {
        "HOME": str(home),
        "ACUSE_HOME": str(home / ".local/share/acuse"),
        "ACUSE_FIRST_PORT": "0",
        "ROOT": str(ROOT),
        # What cargo, pip and npm keep for the user stays where it is.
        "CARGO_HOME": os.environ.get("CARGO_HOME", str(pathlib.Path.home() / ".cargo")),
        "RUSTUP_HOME": os.environ.get("RUSTUP_HOME", str(pathlib.Path.home() / ".rustup")),
        "PIP_CACHE_DIR": os.environ.get("PIP_CACHE_DIR", str(pathlib.Path.home() / ".cache/pip")),
        "npm_config_cache": os.environ.get("npm_config_cache", str(pathlib.Path.home() / ".npm")),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_COMPILE": "1",
        "npm_config_audit": "false",
        "npm_config_fund": "false",
        "npm_config_update_notifier": "false",
        "npm_config_prefer_offline": "true",
    }
    process = subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", "bash", "-c", script(text)],
        cwd=checkout,
        env={**clean, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    with LOCK:
        SHELLS.append(process)
    try:
        output, _ = process.communicate(timeout=SECONDS)
    except BaseException:
        end([process])
        process.wait()
        raise
    finally:
        with LOCK:
            SHELLS.remove(process)
    if process.returncode != 0:
        raise SystemExit(f"{name} does not run as it is written (exit code {process.returncode}):\n{output}")
    return output


def section(text, title):
    """The section with that title, to the next one."""
    return text.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def blocks(text):
    return [content for language, content in BLOCK.findall(text) if language == "sh"]


def expect(name, output, *patterns):
    for pattern in patterns:
        if not re.search(pattern, output):
            raise SystemExit(f"{name} runs, and does not print what it should ({pattern}):\n{output}")


def first_call(folder):
    name = "README.md"
    text = (ROOT / name).read_text()
    called = section(text, "A first call")
    untried = set(blocks(text)) - set(blocks(called)) - ELSEWHERE
    if untried:
        raise SystemExit(f"{name} has commands that are not tried: {untried}")
    output = run(folder, name, called)
    expect(name, output, r"ITEM_OUTCOME_APPLIED", r'message_id: "[0-9a-f-]{36}"', r"(?i)queued", r"messages +1\b")


def quick_start(folder, client, language, refused, *examples):
    """A client's quick start, and the examples after it."""
    name = f"clients/{client}/README.md"
    text = section((ROOT / name).read_text(), "Quick start")
    page = (ROOT / "examples/README.md").read_text()
    output = run(folder, name, text + page.split("\n## ", 1)[0] + "\n" + section(page, f"In {language}"))
    expect(name, output, r"registered as [0-9a-f-]{36}", r"1 message, 1 of them pending", refused)
    expect("examples/README.md", output, *examples)


def getting_started(folder):
    """The page for newcomers, from nothing to figures that are verified."""
    name = "docs/getting-started.md"
    output = run(folder, name, (ROOT / name).read_text())
    expect(name, output, r"3 applied, 0 duplicate", r"DISPATCH FAILED", r"answered 200", r"(?m)^READ ", r"meta_whatsapp:131026")
    expect(name, output, r"templates\.csv: 3 rows", r"reports\.pdf: ", r"daily at 07:30", r"every figure is what the messages say")


def main():
    folder = pathlib.Path(sys.argv[1])
    signal.signal(signal.SIGTERM, stop)
    ranking, loaded = r"\*Templates by read rate\*", r"(?m)^0 rows$"
    with concurrent.futures.ThreadPoolExecutor() as pages:
        tried = [
            pages.submit(first_call, folder),
            pages.submit(getting_started, folder),
            pages.submit(quick_start, folder, "python", "Python", r"INVALID_ARGUMENT.*field='messages'", ranking, loaded),
            pages.submit(quick_start, folder, "typescript", "TypeScript", r"INVALID_ARGUMENT \[", r"1 applied, 0 duplicate, 0 rejected"),
        ]
    for page in tried:
        page.result()


if __name__ == "__main__":
    main()
