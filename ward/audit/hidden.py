"""Hidden: names that somebody looks for, sealed in the address: none stands in it, nor in a log.

What is sealed opens only for whoever looked, and with their own key. An address may be kept, sent
on and written down by anything on the way; a patient's name belongs into none of these.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from ward import crypto
from ward.audit.asking import ANY, uuid_of
from ward.audit.finding import is_system
from ward.db import new_id
from ward.errors import Invalid
from ward.work import Work

NAME = "said"  # of the filter that holds them
WORDS = ("who", "patient")
IN_THE_FORM = "Enter a name in the form: in an address it would be kept and written down."
SOMEBODY_ELSES = "This search is somebody else's. Enter the name again."
_ID = 16
_SYSTEM = ("who", True)


def spoken(given: Mapping[str, str]) -> dict[str, str]:
    """Give those filters that are names: neither ids nor roles nor systems."""
    said = {name: given.get(name, "").strip() for name in WORDS}
    return {
        name: text
        for name, text in said.items()
        if text and text != ANY and uuid_of(text) is None and (name, is_system(text)) != _SYSTEM
    }


def kept(given: Mapping[str, str]) -> dict[str, str]:
    """Take an id again where its name stands in the form as it was drawn."""
    same = [name for name in WORDS if given.get(name) and given[name] == given.get(f"{name}_name")]
    return dict(given) | {name: given.get(f"{name}_id", "") for name in same}


async def hide(work: Work, words: dict[str, str]) -> str:
    """Seal names under the key of whoever looks."""
    me, row = _me(work), new_id()
    key, version = (await _keys(work, me))[me]
    sealed = crypto.seal(key, version, _place(row, me), json.dumps(words).encode())
    return base64.urlsafe_b64encode(row.bytes + sealed).decode().rstrip("=")


async def reveal(work: Work, given: Mapping[str, str]) -> dict[str, str]:
    """Read the filters of an address, with what is sealed in it; a bare name is refused."""
    if bare := spoken(given):
        raise Invalid(dict.fromkeys(bare, IN_THE_FORM))
    if not (token := given.get(NAME, "")):
        return dict(given)
    me = _me(work)
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        key, _ = (await _keys(work, me))[me]
        words = json.loads(crypto.unseal(key, _place(UUID(bytes=raw[:_ID]), me), raw[_ID:]))
    except (ValueError, binascii.Error, crypto.Unreadable):
        raise Invalid({"patient": SOMEBODY_ELSES}) from None
    return {name: str(words[name]) for name in WORDS if name in words} | dict(given)


def _me(work: Work) -> UUID:
    assert work.actor.id is not None
    return work.actor.id


async def _keys(work: Work, me: UUID) -> dict[UUID, Any]:
    return await crypto.keys_of(await work.connection(), work.node.vault, [me])


def _place(row: UUID, me: UUID) -> crypto.Place:
    return crypto.Place("audit_search", "words", row, me)
