"""Join codes: what reception gives a patient, once, so that they can make an account.

Letters and digits that nobody confuses (Crockford's base 32: no I, L, O, U), read as they are
mostly mistyped. Sixty random bits: a code cannot be guessed while it is good.
"""

import secrets
from datetime import timedelta

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LETTERS, GROUP = 12, 4
GOOD_FOR = timedelta(days=14)  # engineering default: a letter takes a few days
TRIES = 5  # wrong birth dates, then the code is void
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new() -> str:
    """Make a code."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LETTERS))


def spoken(code: str) -> str:
    """Write a code in groups, as it is printed: 7K2M-94QX-A0TB."""
    return "-".join(code[n : n + GROUP] for n in range(0, len(code), GROUP))


def read(said: str) -> str | None:
    """Read a code as somebody typed it; None when it can be none."""
    letters = "".join(one for one in said.upper() if one.isalnum()).translate(_MISREAD)
    fits = len(letters) == LETTERS and set(letters) <= set(ALPHABET)
    return letters if fits else None
