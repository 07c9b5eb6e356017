"""Keys: by what a resource is known again when it comes a second time.

A key is an identity of the sender's world: a business identifier, a UUID, an address, or, where
a resource has none of these, a digest of its content. An id that only counts on its sender's
server ("Patient/1") is no identity, unless the import names that sender: two hospitals both have
a Patient/1, and taking one for the other is worse than having a person twice.
Keys contain record numbers: whoever stores one stores a keyed hash of it, never the text.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import unquote

from ward.interop.fhir.pick import JsonObject, kind_of, many, one, text

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
DIGEST = "sha256:"
NIL = "00000000-0000-0000-0000-000000000000"
PASSING = {"temp", "old"}  # Identifier.use: not what a record is known by
PASSING_ELEMENTS = {"meta", "text"}  # made anew at every export
RECORD_NUMBER = "MR"  # HL7 table 0203
CONDITION = re.compile(r"identifier=(?P<system>[^|&]+)\|(?P<value>[^|&]+)")


@dataclass(frozen=True, slots=True, order=True, repr=False)
class SourceKey:
    """The identity of a resource outside Ward: its type, and what it is known by."""

    kind: str
    name: str

    @property
    def written(self) -> str:
        """Return the key as one text, to be hashed or looked up."""
        return f"{self.kind}|{self.name}"


def identity(
    body: JsonObject, full_url: str | None, condition: str | None, sender: str | None
) -> tuple[SourceKey, ...]:
    """List the keys of a resource, the one to know it by first; never empty."""
    kind = kind_of(body)
    names = dict.fromkeys(_names(body, full_url, condition, sender))
    return tuple(SourceKey(kind, name) for name in names) or (SourceKey(kind, digest(body)),)


def _names(
    body: JsonObject, full_url: str | None, condition: str | None, sender: str | None
) -> Iterator[str]:
    if condition is not None and (found := conditional(condition)) is not None:
        yield found
    yield from identifiers(body)
    if full_url is not None and (found := address(full_url)) is not None:
        yield found
    local = text(body, "id")
    if local is not None and (found := uuid(local)) is not None:
        yield found
    if local is not None and sender is not None:
        yield senders(sender, f"{kind_of(body)}/{local}")


def identifiers(body: JsonObject) -> list[str]:
    """List the business identifiers of a resource, record numbers before all others.

    Numbers issued for another purpose (social security, passport, driving licence) count only
    where there is no record number: a newborn may be filed under its mother's.
    """
    ranked = sorted(
        (_rank(entry), place, name)
        for place, entry in enumerate(_entries(body))
        if (name := identifier(entry)) is not None and text(entry, "use") not in PASSING
    )
    best = ranked[0][0] if ranked else 0
    return [name for rank, _, name in ranked if rank <= max(best, _UNTYPED)]


_UNTYPED = 1


def _entries(body: JsonObject) -> list[JsonObject]:
    single = one(body, "identifier")  # a Bundle, a Composition and others have at most one
    return many(body, "identifier") if single is None else [single]


def _rank(entry: JsonObject) -> int:
    codings = many(one(entry, "type") or {}, "coding")
    if any(text(coding, "code") == RECORD_NUMBER for coding in codings):
        return 0
    return 2 if codings else _UNTYPED


def identifier(entry: JsonObject) -> str | None:
    """Name an Identifier "system|value"; without both it identifies nothing."""
    system, value = text(entry, "system"), text(entry, "value")
    return f"{system}|{value}" if system and value else None


def conditional(search: str) -> str | None:
    """Name what `identifier=system|value` searches for; any other search gives None."""
    found = CONDITION.fullmatch(unquote(search))
    return f"{found['system']}|{found['value']}" if found else None


def address(url: str) -> str | None:
    """Name a full URL or URN; the version it may carry is no part of the identity."""
    if url.lower().startswith("urn:uuid:"):
        return uuid(url[len("urn:uuid:") :])
    if url.startswith(("http://", "https://", "urn:oid:")):
        return url.split("/_history/", 1)[0]
    return None


def uuid(written: str) -> str | None:
    """Name a UUID as a URN, or None where the text is no UUID, or the one that means none."""
    low = written.lower()
    return f"urn:uuid:{low}" if UUID.fullmatch(low) and low != NIL else None


def senders(sender: str, local: str) -> str:
    """Name a resource by the id it has on the server of a named sender."""
    return f"{sender}|{local}"


def digest(body: JsonObject, points_to: Iterable[SourceKey] = ()) -> str:
    """Name a resource by its content and what it points to, for want of anything better."""
    content = {name: body[name] for name in body if name not in PASSING_ELEMENTS}
    written = json.dumps(content, sort_keys=True, default=_plain, ensure_ascii=True)
    whole = "\n".join([written, *(key.written for key in points_to)])
    return DIGEST + hashlib.sha256(whole.encode(errors="backslashreplace")).hexdigest()


def _plain(value: object) -> str:
    return str(value) if isinstance(value, Decimal) else repr(value)
