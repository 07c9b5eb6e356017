"""Passwords: argon2id with a pepper, in a few threads, in the same time for everybody."""

import asyncio
import hmac
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from ward.crypto import Vault

SHORTEST = 12
_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)  # OWASP, argon2id
_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")


async def hash_password(vault: Vault, password: str) -> str:
    """Hash a password for storage; slow on purpose (about 0.1 s), off the event loop."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_THREADS, _HASHER.hash, _peppered(vault, password))


async def verify_password(vault: Vault, stored: str | None, password: str) -> bool:
    """Compare; an unknown user (`None`) costs as much time as a known one."""
    loop = asyncio.get_running_loop()
    known = stored is not None
    return (
        await loop.run_in_executor(
            _THREADS, _verify, stored or _dummy(), _peppered(vault, password)
        )
        and known
    )


def _peppered(vault: Vault, password: str) -> bytes:
    return hmac.new(vault.pepper, password.encode(), sha256).hexdigest().encode()


def _verify(stored: str, peppered: bytes) -> bool:
    try:
        return _HASHER.verify(stored, peppered)
    except (VerifyMismatchError, InvalidHashError):
        return False


@cache
def _dummy() -> str:
    return _HASHER.hash(b"nobody")
