"""Problem: why a receiver has not taken a message, in words; what it answered, in its codes."""

from ward.crypto import Erased
from ward.interop.hl7.outbound.lines import AWAY, UNOPENED

_HUNG_UP = "It hung up without an answer"
_WORDS = {
    "TimeoutError": "No answer in time",
    "ConnectionRefusedError": "Nobody listens there",
    "gaierror": "The name of the host is not known here",
    "IncompleteReadError": _HUNG_UP,
    "ConnectionResetError": _HUNG_UP,
    "BrokenPipeError": _HUNG_UP,
    "OSError": "There is no way to it from here",
}
_ERASED = (
    "The patient's record was erased, so nobody can send this any more. "
    "All that is left is to give it up."
)
_UNOPENED = (
    "What is stored of it does not open, so it cannot be sent. Tell the administrator. "
    "Send it again once it opens, or give it up and tell the receiver in another way."
)


def unopened(error: str | None) -> bool:
    """Say whether a message was set aside here, because what it says does not open."""
    return bool(error and error.startswith(UNOPENED))


def said(error: str | None) -> str:
    """Say what is kept of a failure as the pages do."""
    if unopened(error):
        return _ERASED if error == f"{UNOPENED} ({Erased.why})" else _UNOPENED
    if not error or not error.startswith(AWAY):
        return error or ""
    kind = error.removeprefix(f"{AWAY} (").removesuffix(")")
    return _WORDS.get(kind, f"Cannot be reached ({kind})")
