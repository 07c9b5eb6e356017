"""Refer: following references while one resource is translated."""

from dataclasses import dataclass, field

from ward.interop.fhir.directory import Directory, Unresolved
from ward.interop.fhir.keys import SourceKey
from ward.interop.fhir.outcomes import Found
from ward.interop.fhir.pick import JsonObject, many, one


class Untranslatable(Exception):
    """A valid resource says something that Ward cannot take; names the element."""

    def __init__(self, element: str, message: str) -> None:
        super().__init__(f"{element}: {message}")
        self.element, self.message = element, message


@dataclass(slots=True)
class Refer:
    """Looks up what one resource points to.

    `pointed` collects whom it points to, `lost` the elements whose target could not be found and
    that the resource can do without.
    """

    directory: Directory
    found: Found
    pointed: list[SourceKey] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def needed(self, body: JsonObject, name: str, *kinds: str) -> SourceKey:
        """Follow a reference without which the resource means nothing."""
        element = f"{self.found.kind}.{name}"
        try:
            key = self._find(one(body, name) or {}, frozenset(kinds))
        except Unresolved as why:
            raise Untranslatable(f"{element}.reference", str(why)) from None
        if key is None:
            raise Untranslatable(f"{element}.reference", "is required")
        return key

    def optional(self, body: JsonObject, name: str, *kinds: str) -> SourceKey | None:
        """Follow a reference that may lead nowhere; where it does, say that it was lost."""
        reference = one(body, name)
        return None if reference is None else self._follow(reference, name, frozenset(kinds))

    def beside(self, body: JsonObject, name: str, *kinds: str) -> SourceKey | None:
        """Follow a reference to an equal that may point back: neither waits for the other."""
        before = len(self.pointed)
        key = self.optional(body, name, *kinds)
        del self.pointed[before:]
        return key

    def several(self, body: JsonObject, name: str, *kinds: str) -> tuple[SourceKey, ...]:
        """Follow a repeating reference as far as its targets are known."""
        found = (self._follow(entry, name, frozenset(kinds)) for entry in many(body, name))
        return tuple(key for key in found if key is not None)

    def _follow(self, reference: JsonObject, name: str, kinds: frozenset[str]) -> SourceKey | None:
        try:
            key = self._find(reference, kinds)
        except Unresolved:
            key = None
        if key is None:
            self.lost.append(f"{self.found.kind}.{name}")
        return key

    def _find(self, reference: JsonObject, kinds: frozenset[str]) -> SourceKey | None:
        key = self.directory.find(reference, self.found, kinds)
        if key is not None:
            self.pointed.append(key)
        return key
