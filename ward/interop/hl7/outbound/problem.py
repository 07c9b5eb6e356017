"""Problem: why a receiver has not taken a message, in words; what it answered, in its codes."""

from ward.interop.hl7.outbound.lines import AWAY

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


def said(error: str | None) -> str:
    """Say what is kept of a failure as the pages do."""
    if not error or not error.startswith(AWAY):
        return error or ""
    kind = error.removeprefix(f"{AWAY} (").removesuffix(")")
    return _WORDS.get(kind, f"Cannot be reached ({kind})")
