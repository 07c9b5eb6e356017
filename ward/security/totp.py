"""One-time codes: made from a shared secret and the time (RFC 6238), and codes for a lost phone."""

import base64
import secrets
from datetime import datetime
from hmac import compare_digest
from urllib.parse import quote
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

from ward.crypto import Vault

STEP, DIGITS = 30, 6  # what every authenticator app assumes (RFC 6238, 5.2; RFC 4226, 5.3)
SECRET = 20  # bytes, RFC 4226, section 4, R6
AROUND = (0, -1, 1)  # a phone's clock may be half a minute off (RFC 6238, 5.2: one step)
CODES, CODE = 10, 10  # engineering default: ten codes of 50 random bits, on paper
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another


def new_secret() -> str:
    """Make a secret, in the letters an authenticator app can be told by hand."""
    return base64.b32encode(secrets.token_bytes(SECRET)).decode()


def address(secret: str, username: str) -> str:
    """Give the address that a QR code carries to the app."""
    return f"otpauth://totp/Ward:{quote(username)}?secret={secret}&issuer=Ward"


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Tell which step of time a code belongs to; None: to none that is near."""
    if len(code) != DIGITS or not (code.isascii() and code.isdigit()):
        return None
    # SHA-1 is what the apps compute (RFC 6238, 1.2); HMAC does not rest on its collisions.
    hotp = HOTP(base64.b32decode(secret), DIGITS, SHA1())  # noqa: S303
    here = int(now.timestamp()) // STEP
    found = [step for step in (here + off for off in AROUND) if _is(hotp, step, code)]
    return found[0] if found else None


def _is(hotp: HOTP, step: int, code: str) -> bool:
    return compare_digest(hotp.generate(step), code.encode())


def new_codes() -> list[str]:
    """Make the recovery codes of a person: abcde-fghjk."""
    half = CODE // 2
    made = ["".join(secrets.choice(_LETTERS) for _ in range(CODE)) for _ in range(CODES)]
    return [f"{one[:half]}-{one[half:]}" for one in made]


def hash_code(vault: Vault, user_id: UUID, code: str) -> bytes:
    """Hash a recovery code, however it was typed: keyed, so that a stolen table tells nothing."""
    plain = code.replace("-", "").replace(" ", "").lower()
    return vault.hash("recovery", f"{user_id}/{plain}")
