"""Where a caller's token comes from."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable


def token_file(path: str | os.PathLike[str]) -> Callable[[], str]:
    """The token in a file, for `connect`: read anew before each call, so that whoever renews the file renews the token.

    Renew it by moving another file over it, so that it is never read half written.
    """
    file = pathlib.Path(path)
    return lambda: file.read_text(encoding="utf-8")


def environment_token() -> Callable[[], str]:
    """The token that this process was given, for `connect`: the one in the file that ACUSE_TOKEN_FILE names, read anew before
    each call, else the one in ACUSE_TOKEN. `ValueError` where neither is set.
    """
    path = os.environ.get("ACUSE_TOKEN_FILE")
    if path:
        return token_file(path)
    token = os.environ.get("ACUSE_TOKEN")
    if not token:
        raise ValueError("there is no token: set ACUSE_TOKEN, or ACUSE_TOKEN_FILE to the name of a file that has it")
    return lambda: token
