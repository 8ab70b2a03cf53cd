"""Client for Acuse.

What is generated from the protos is in `acuse.ingestion`, `acuse.message_state`, `acuse.reporting`, `acuse.export` and
`acuse.type`. Beside it there are `connect`, which opens a channel for generated stubs, `Error`, which calls on such a channel
fail with, and `environment_token` and `token_file`, by which a program goes on when its token is renewed.
"""

from acuse._channel import connect
from acuse._error import Error, FieldViolation
from acuse._token import environment_token, token_file

__all__ = ["Error", "FieldViolation", "connect", "environment_token", "token_file"]
