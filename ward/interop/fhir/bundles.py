"""Bundles: opening a Bundle into its resources, under the rules bdl-1 to bdl-8 of R4.

An import is not a transaction: one bad entry stays out and the rest goes in, so the Bundle's
type only decides whether its entries are meant to be recorded. References between the entries are
resolved as the rules of a transaction say, for every type of Bundle (`directory.py`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ward.interop.fhir.files import Document
from ward.interop.fhir.keys import conditional
from ward.interop.fhir.outcomes import Found, Problem, Refused, Skipped, Where, refuse
from ward.interop.fhir.pick import JsonObject, kind_of, numbered, one, text
from ward.interop.fhir.validate import validate

OPENED = {"transaction", "batch", "collection", "searchset", "document", "message"}
ASKING = {"transaction", "batch", "history"}  # entries carry a request
ANSWERING = {"transaction-response", "batch-response", "history"}  # entries carry a response
TOTALLED = {"searchset", "history"}
RECORDING = {"POST", "PUT"}
ENTRY = re.compile(r"Bundle\.entry\[(\d+)\]")


def opened(document: Document) -> Iterator[Found | Refused | Skipped]:
    """Give each resource of a Bundle, and say which entries or which whole Bundle stay out."""
    where, body = document.where, document.body
    entries = numbered(body, "entry")
    problems = [*validate(_shell(body)), *_rules(body, entries)]
    general = tuple(problem for problem in problems if not ENTRY.match(problem.element))
    if general:
        yield Refused(where, "Bundle", (*general, _unread(entries)))
    elif not entries:
        yield Skipped(where, "Bundle", "the Bundle is empty")
    else:
        for place, entry in entries:
            own = tuple(found for found in problems if _entry_of(found) == place)
            yield from _Opening(body, replace(where, place=f"Bundle.entry[{place}]")).of(entry, own)


def _shell(body: JsonObject) -> JsonObject:
    """Return the Bundle without the resources in it: each of those is looked at on its own."""
    entries = body.get("entry")
    if not isinstance(entries, list):
        return body
    return {**body, "entry": [_bare(entry) for entry in entries]}


def _bare(entry: object) -> object:
    if not isinstance(entry, dict):
        return entry
    return {name: value for name, value in entry.items() if name != "resource"}


def _unread(entries: list[tuple[int, JsonObject]]) -> Problem:
    return Problem("Bundle.entry", f"{len(entries)} entries were not read")


def _entry_of(problem: Problem) -> int | None:
    found = ENTRY.match(problem.element)
    return int(found[1]) if found else None


def _rules(body: JsonObject, entries: list[tuple[int, JsonObject]]) -> Iterator[Problem]:
    kind = text(body, "type")
    if body.get("total") is not None and kind not in TOTALLED:
        yield Problem("Bundle.total", "is only for a searchset or a history (bdl-1)")
    known: set[tuple[str, str | None]] = set()
    for place, entry in entries:
        for name, rule in _entry_rules(entry, kind):
            yield Problem(f"Bundle.entry[{place}]{name}", rule)
        named = text(entry, "fullUrl")
        version = text(one(one(entry, "resource") or {}, "meta") or {}, "versionId")
        if named is not None and kind != "history" and (named, version) in known:
            yield Problem(f"Bundle.entry[{place}].fullUrl", "is used twice in this Bundle (bdl-7)")
        known.add((named or "", version))


def _entry_rules(entry: JsonObject, kind: str | None) -> Iterator[tuple[str, str]]:
    if one(entry, "search") is not None and kind != "searchset":
        yield ".search", "is only for a searchset (bdl-2)"
    if (one(entry, "request") is not None) != (kind in ASKING):
        yield ".request", "belongs in a transaction, batch or history (bdl-3)"
    if (one(entry, "response") is not None) != (kind in ANSWERING):
        yield ".response", "belongs in a response or history (bdl-4)"
    if not any(isinstance(entry.get(name), dict) for name in ("resource", "request", "response")):
        yield "", "needs a resource, a request or a response (bdl-5)"
    if "/_history/" in (text(entry, "fullUrl") or ""):
        yield ".fullUrl", "must not name a version (bdl-8)"


@dataclass(frozen=True, slots=True)
class _Opening:
    """One entry of a Bundle on its way out."""

    bundle: JsonObject
    where: Where

    def of(
        self, entry: JsonObject, own: tuple[Problem, ...]
    ) -> Iterator[Found | Refused | Skipped]:
        body = one(entry, "resource") or {}
        kind = kind_of(body) if body else "Bundle"
        type_ = text(self.bundle, "type") or ""
        request = one(entry, "request") or {}
        method = text(request, "method")
        if own:
            yield Refused(self.where, kind, own)
        elif type_ not in OPENED:
            yield Skipped(self.where, kind, f"a Bundle of type {type_} is not imported")
        elif method is not None and method not in RECORDING:
            yield Skipped(self.where, kind, f"a {method} request is not imported")
        elif not body:
            yield refuse(self.where, "Bundle", f"{self.where.place}.resource", "is required")
        elif kind == "Bundle":
            path = f"{self.where.place}.resource"
            yield refuse(self.where, kind, path, "is a Bundle inside a Bundle, which is not read")
        else:
            yield self._found(body, kind, entry, request)

    def _found(
        self, body: JsonObject, kind: str, entry: JsonObject, request: JsonObject
    ) -> Found | Refused:
        element, search = _search(request)
        if search is not None and conditional(search) is None:
            path = f"{self.where.place}.request.{element}"
            return refuse(self.where, kind, path, "is not of the form identifier=system|value")
        bundle = f"{self.where.file}:{self.where.line or 0}"
        return Found(self.where, kind, body, text(entry, "fullUrl"), bundle, search)


def _search(request: JsonObject) -> tuple[str, str | None]:
    """Return under which search a resource is to be filed, and the element that says so."""
    _, asked, query = (text(request, "url") or "").partition("?")
    if asked:
        return "url", query
    written = text(request, "ifNoneExist")
    return "ifNoneExist", written and written.rpartition("?")[2]
