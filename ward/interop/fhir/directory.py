"""Directory: who is meant by a reference, across all the files of one import.

Inside a Bundle a reference finds the entry whose fullUrl it names (`urn:uuid:…`, an address, or an
id on the same server); failing that, the one resource of the whole import that bears that name. A
name that two resources bear finds nobody. What is not in the import is passed on by a key that is
an identity everywhere (a UUID, an address, an identifier), for Ward may know it from before.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from ward.interop.fhir import keys
from ward.interop.fhir.keys import SourceKey
from ward.interop.fhir.outcomes import Found, Where
from ward.interop.fhir.pick import JsonObject, one, text
from ward.interop.fhir.sameness import Marks, differ, marks_in

REST = re.compile(r"(?P<base>https?://.+/)(?P<local>[A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64})")
LOCAL = re.compile(r"(?P<kind>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9.-]{1,64})")
SEARCH = re.compile(r"(?P<kind>[A-Z][A-Za-z]+)\?(?P<search>.+)", re.DOTALL)


class Unresolved(Exception):
    """Nobody can be found for a reference; the message holds no value of a patient."""


@dataclass(slots=True)
class Directory:
    """Every name that the resources of an import go by; None marks a name that two bear.

    `final` holds the key that a resource without an identity of its own got in the end, made of
    its content and of what it points to; `gone` those that were refused; `people` the
    marks that came with a key; `disputed` the keys that two different people claim, and why.
    """

    sender: str | None = None
    names: dict[str, SourceKey | None] = field(default_factory=dict)
    final: dict[SourceKey, SourceKey] = field(default_factory=dict)
    gone: set[SourceKey] = field(default_factory=set)
    people: dict[SourceKey, dict[Marks, tuple[SourceKey, Where]]] = field(default_factory=dict)
    disputed: dict[SourceKey, str] = field(default_factory=dict)

    def identity(self, found: Found) -> tuple[SourceKey, ...]:
        """List the keys of a resource, the one to know it by first."""
        return keys.identity(found.body, found.full_url, found.condition, self.sender)

    def enter(self, found: Found) -> None:
        """Note all names under which others may refer to a resource."""
        key, *also = self.identity(found)
        self._dispute(found, (key, *also))
        for name in _names(found, (key, *also)):
            known = self.names.setdefault(name, key)
            if known != key:
                self.names[name] = None

    def _dispute(self, found: Found, known_by: tuple[SourceKey, ...]) -> None:
        """Find out whether another person goes by one of these keys; then neither is taken."""
        marks = marks_in(found.body)
        if marks is None:
            return
        for key in known_by:
            claims = self.people.setdefault(key, {})
            for other, (owner, where) in claims.items():
                if (what := differ(marks, other)) is not None:
                    pair = f"{where.written} and {found.where.written}"
                    why = f"is claimed by two people with different {what}: {pair}"
                    for disputed in (owner, known_by[0]):
                        self.disputed.setdefault(disputed, why)
                        self.gone.add(disputed)
            claims.setdefault(marks, (known_by[0], found.where))

    def find(self, reference: JsonObject, found: Found, kinds: frozenset[str]) -> SourceKey | None:
        """Return whom a reference means, or None where it names nobody; else raise Unresolved."""
        literal, entry = text(reference, "reference"), one(reference, "identifier")
        if literal is not None:
            key = self._literal(literal.split("/_history/", 1)[0], found, kinds)
        elif entry is not None and (named := keys.identifier(entry)) is not None:
            key = self._known(_any(kinds, named)) or _elsewhere(kinds, named)
        else:
            return None
        if key.kind not in kinds:
            raise Unresolved(f"must point to {' or '.join(sorted(kinds))}, not {key.kind}")
        if key in self.gone:
            raise Unresolved(f"points to a {key.kind} that was refused or waits for this one")
        return self.final.get(key, key)

    def comes(self, key: SourceKey) -> bool:
        """Tell whether a resource of this import is known by a key."""
        return self.names.get(key.written) is not None

    def _literal(self, literal: str, found: Found, kinds: frozenset[str]) -> SourceKey:
        if literal.startswith("#"):
            raise Unresolved("points to a contained resource, which is not imported")
        if search := SEARCH.fullmatch(literal):
            return self._searched(search["kind"], search["search"])
        key = self._known(_spellings(literal, found))
        if key is not None:
            return key
        return self._outside(literal, kinds)

    def _searched(self, kind: str, search: str) -> SourceKey:
        named = keys.conditional(search)
        if named is None:
            form = f"{kind}?identifier=system|value"
            raise Unresolved(f"is a conditional reference to {kind} that is not of the form {form}")
        return self._known([f"{kind}|{named}"]) or SourceKey(kind, named)

    def _known(self, names: Iterable[str]) -> SourceKey | None:
        for name in names:
            if name in self.names:
                key = self.names[name]
                if key is None:
                    raise Unresolved("names two different resources of this import")
                return key
        return None

    def _outside(self, literal: str, kinds: frozenset[str]) -> SourceKey:
        rest = REST.fullmatch(literal)
        local = LOCAL.fullmatch(rest["local"] if rest else literal)
        named = keys.address(literal) or (local and keys.uuid(local["id"]))
        if named is None and local is not None and self.sender is not None:
            named = keys.senders(self.sender, literal)
        if named is None:
            raise Unresolved("points to a resource that is not in this import")
        return SourceKey(local["kind"], named) if local else _elsewhere(kinds, named)


def _names(found: Found, known_by: tuple[SourceKey, ...]) -> list[str]:
    names = [key.written for key in known_by]
    local = text(found.body, "id")
    if local is not None:
        names.append(f"{found.kind}/{local}")
        names.append(_inside(found.bundle, f"{found.kind}/{local}"))
    if found.full_url is not None and (address := keys.address(found.full_url)) is not None:
        names += [address, _inside(found.bundle, address)]
    return names


def _inside(bundle: str | None, name: str) -> str:
    return f"{bundle}\n{name}"


def _spellings(literal: str, found: Found) -> list[str]:
    """List the names a literal reference can mean, the nearest first."""
    address, local = keys.address(literal), literal.removeprefix("/")
    if address is not None:
        return [_inside(found.bundle, address), address]
    base = REST.fullmatch(found.full_url or "")
    near = [f"{base['base']}{local}"] if base else []
    return [*(_inside(found.bundle, name) for name in (*near, local)), *near, local]


def _any(kinds: frozenset[str], named: str) -> list[str]:
    return [f"{kind}|{named}" for kind in sorted(kinds)]


def _elsewhere(kinds: frozenset[str], named: str) -> SourceKey:
    if len(kinds) != 1:
        raise Unresolved("points out of this import without telling a type")
    return SourceKey(next(iter(kinds)), named)
