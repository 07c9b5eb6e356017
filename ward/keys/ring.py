"""Ring: the keys of the installation, unwrapped by the provider and kept for a while."""

from functools import partial
from time import monotonic

import structlog
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ward import clock
from ward.crypto import House, Kek, KekState, KeyRing, Vault
from ward.db import new_id
from ward.errors import Unavailable
from ward.keys.providers import KeyProvider
from ward.keys.transit import KeysAway, Transit

HOUSE = ("blind", "pepper", "signing")
LIFE = 12 * 3600.0  # seconds that a node works on without its provider
LOCK = "SELECT pg_advisory_xact_lock(hashtext('ward.key_ring'))"

_LATER = "The key server does not answer, so this cannot be opened now. Try again in a moment."

log = structlog.get_logger()

_RING = text("SELECT purpose, wrapped FROM key_ring")
_KEKS = text("SELECT number, state, wrapped FROM kek ORDER BY number")


async def open_vault(connection: AsyncConnection, provider: KeyProvider) -> Vault:
    """Unwrap the installation's keys, making them on the very first start (as the owner)."""
    await connection.execute(text(LOCK))
    ring = {row.purpose: row.wrapped for row in await connection.execute(_RING)}
    for purpose in HOUSE:
        if purpose not in ring:
            ring[purpose] = await provider.wrap(AESGCM.generate_key(256))
            row = {"id": new_id(), "version": 1, "purpose": purpose, "wrapped": ring[purpose]}
            await connection.execute(KeyRing.__table__.insert(), row)  # type: ignore[attr-defined]
    if (await connection.execute(_KEKS)).first() is None:
        await add_kek(connection, provider, 1, KekState.CURRENT)
    vault = Vault({}, 0, None, partial(_learn, provider))
    await renew(vault, connection, provider)
    return vault


async def renew(vault: Vault, connection: AsyncConnection, provider: KeyProvider) -> None:
    """Have the provider unwrap everything once more: from now on it counts for `LIFE`."""
    if isinstance(provider, Transit):
        await _prolong(provider)
    ring = {row.purpose: row.wrapped for row in await connection.execute(_RING)}
    rows = (await connection.execute(_KEKS)).all()
    keks = {row.number: await provider.unwrap(row.wrapped) for row in rows}
    house = House(**{purpose: await provider.unwrap(ring[purpose]) for purpose in HOUSE})
    current = next(row.number for row in rows if row.state == KekState.CURRENT)
    vault.keks |= keks  # a retired one is forgotten by who noticed it, when nobody can need it
    vault.current, vault.house, vault.until = current, house, monotonic() + LIFE
    vault.forget_open()


async def _prolong(provider: Transit) -> None:
    try:
        await provider.renew()
    except KeysAway as error:  # a token that holds for ever cannot be prolonged
        log.info("keys.token", why=str(error))


async def follow(vault: Vault, connection: AsyncConnection, provider: KeyProvider) -> set[int]:
    """Learn new versions of the KEK and which one wraps; return those that were retired."""
    rows = (await connection.execute(_KEKS)).all()
    for row in rows:
        if row.number not in vault.keks:
            vault.keks[row.number] = await provider.unwrap(row.wrapped)
            log.info("keys.learnt", version=row.number)
    vault.current = next(row.number for row in rows if row.state == KekState.CURRENT)
    return set(vault.keks) - {row.number for row in rows}


async def _learn(provider: KeyProvider, vault: Vault, connection: AsyncConnection) -> None:
    """Learn in the middle of a read what nobody told this node of."""
    try:
        await follow(vault, connection, provider)
    except KeysAway as error:
        log.warning("keys.unlearnt", why=str(error))
        raise Unavailable(_LATER) from error


async def add_kek(
    connection: AsyncConnection, provider: KeyProvider, number: int, state: KekState
) -> None:
    """Make a version of the KEK; it leaves this function wrapped."""
    row = {
        "id": new_id(),
        "version": 1,
        "number": number,
        "state": state,
        "wrapped": await provider.wrap(AESGCM.generate_key(256)),
        "made_at": clock.now(),
        "settled_at": clock.now() if state is KekState.CURRENT else None,
    }
    await connection.execute(Kek.__table__.insert(), row)  # type: ignore[attr-defined]
