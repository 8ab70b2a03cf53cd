"""Client for Acuse.

What is generated from the protos is in `acuse.ingestion`, `acuse.message_state`, `acuse.reporting`, `acuse.export` and
`acuse.type`. Beside it there are two things: `connect`, which opens a channel for generated stubs, and `Error`, which
calls on such a channel fail with.
"""

from acuse._channel import connect
from acuse._error import Error, FieldViolation

__all__ = ["Error", "FieldViolation", "connect"]
