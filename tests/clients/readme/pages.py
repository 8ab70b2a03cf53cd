"""Runs the blocks of pages one after the other, as somebody would who has nothing but the page: python pages.py FOLDER.

Each page begins in FOLDER/checkout, with a home of its own and so with an Acuse of its own, on its own Postgres and Redis. Its shell
blocks are typed into one shell; a program is saved under the name that the text before it gives. What a page prints is held against
what it promises.
"""

import os
import pathlib
import re
import signal
import subprocess
import sys

ROOT = pathlib.Path(os.environ["ROOT"])
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SAVED_AS = re.compile(r"[Ss]aved as `([^`]+)`[^`]*$")
SECONDS = 300

# Blocks that no page is tried with: the first is the whole test suite and the demonstration, which are commands of their own.
ELSEWHERE = {"./dev demo\n", "./dev test\n"}

# What stands in for a second terminal: `acuse up` goes on in the background, and the page goes on when it says that all serve.
PRELUDE = """
set -eu
cargo() { (cd "$ROOT" && command cargo --quiet "$@"); }
in_the_background() {
  "$@" >"$HOME/up" 2>"$HOME/log" &
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


def run(folder, name, text, before=""):
    """What the page prints."""
    home = folder / re.sub(r"\W", "-", name)
    home.mkdir()
    home.chmod(0o711)
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
    }
    process = subprocess.Popen(
        ["bash", "-c", script(before + text)],
        cwd=folder / "checkout",
        env={**clean, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=SECONDS)
    except BaseException:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
        raise
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


def main():
    folder = pathlib.Path(sys.argv[1])
    pages = {name: (ROOT / name).read_text() for name in ("README.md", "clients/python/README.md", "clients/typescript/README.md")}

    first_call = section(pages["README.md"], "A first call")
    outside = [block for block in blocks(pages["README.md"]) if block not in blocks(first_call)]
    if set(outside) != ELSEWHERE:
        raise SystemExit(f"README.md has commands that are not tried: {set(outside) - ELSEWHERE}")
    output = run(folder, "README.md", first_call)
    expect("README.md", output, r"ITEM_OUTCOME_APPLIED", r"message_id: \"[0-9a-f-]{36}\"", r"(?i)queued", r"messages +1\b")

    # The examples' page goes on from where a first call ends.
    begun = section(pages["README.md"], "A first call").split("\nThe last two lines", 1)[0].replace(
        "python3 -m venv .venv\n.venv/bin/pip install ./clients/python\n", ""
    )
    output = run(folder, "examples/README.md", (ROOT / "examples/README.md").read_text(), before=begun)
    expect("examples/README.md", output, r"\*Templates by read rate\*", r"1 applied, 0 duplicate, 0 rejected")

    for name in ("clients/python/README.md", "clients/typescript/README.md"):
        output = run(folder, name, section(pages[name], "Quick start"))
        refused = r"INVALID_ARGUMENT.*messages" if "python" in name else r"INVALID_ARGUMENT \[[^]]*messages"
        expect(name, output, r"registered as [0-9a-f-]{36}", r"1 message, 1 of them pending", refused)


if __name__ == "__main__":
    main()
