"""Asking: what the explorer was asked, as it stands in its address."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.access import Relation
from ward.errors import Invalid

DEFAULT = timedelta(days=7)
LONGEST = 200
ANY = "any"  # whoever it is, in the place of a name that is sealed in the address


class What(StrEnum):
    """Which deeds."""

    ANY = ""
    VIEWED = "viewed"
    CHANGED = "changed"
    SEARCHED = "searched"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters; `who` and `patient` may still be words that name several.

    Words that name people stand in no address: `said` are those, `token` is what seals them.
    """

    since: datetime
    until: datetime
    who: str = ""
    what: What = What.ANY
    patient: str = ""
    where: str = ""
    why: str = ""
    case: str = ""  # a break-glass case
    before: tuple[datetime, UUID] | None = None  # the page begins behind this event
    open_start: bool = True  # the last seven days, whenever it is asked
    open_end: bool = True  # until now
    token: str = ""
    said: Mapping[str, str] = field(default_factory=dict)

    @property
    def patient_id(self) -> UUID | None:
        """Give the patient, once there is one."""
        return uuid_of(self.patient)

    @property
    def who_id(self) -> UUID | None:
        """Give the person, once there is one."""
        return uuid_of(self.who)

    @property
    def case_id(self) -> UUID | None:
        """Give the break-glass case."""
        return uuid_of(self.case)

    def query(self, zone: ZoneInfo, **changes: str) -> str:
        """Write the filters for an address."""
        sealed = self.said.keys()
        known = {
            "who": self.who,
            "what": self.what.value,
            "patient": self.patient,
            "since": "" if self.open_start else local(self.since, zone),
            "until": "" if self.open_end else local(self.until, zone),
            "where": self.where,
            "why": self.why,
            "case": self.case,
        }
        for name in sealed - changes.keys():
            known[name] = ""
        for name in sealed & changes.keys():
            changes[name] = changes[name] or ANY
        known["said"] = self.token
        return urlencode({name: value for name, value in (known | changes).items() if value})


def uuid_of(text: str) -> UUID | None:
    """Read an id, or nothing."""
    try:
        return UUID(text)
    except ValueError:
        return None


def local(at: datetime, zone: ZoneInfo) -> str:
    """Write an instant as a field of a form takes it."""
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M")


def read(given: Mapping[str, str], now: datetime, zone: ZoneInfo) -> Asked:
    """Read the filters of an address; what cannot be read is refused in a sentence."""
    text = {name: value.strip()[:LONGEST] for name, value in given.items()}
    for name in ("who", "patient"):
        text[name] = "" if text.get(name) == ANY else text.get(name, "")
    until = _instant(text.get("until", ""), zone, "until")
    chosen = _instant(text.get("since", ""), zone, "since")
    try:
        end = until + timedelta(minutes=1) if until else now
        since = chosen or end - DEFAULT
    except OverflowError:
        raise Invalid({"until": f"{text['until']} is no date and time."}) from None
    if since >= end:
        raise Invalid({"until": "The end is before the beginning."})
    if text.get("what", "") not in set(What):
        raise Invalid({"what": "This deed is none of the choices."})
    if text.get("why", "") not in {"", *Relation}:
        raise Invalid({"why": "This reason is none of the choices."})
    if text.get("case", "") and uuid_of(text["case"]) is None:
        raise Invalid({"case": "There is no such break-glass case."})
    if "\x00" in "".join(text.values()):
        raise Invalid({"who": "This has a character that cannot be looked for."})
    return Asked(
        since,
        end,
        who=text.get("who", ""),
        what=What(text.get("what", "")),
        patient=text.get("patient", ""),
        where=text.get("where", ""),
        why=text.get("why", ""),
        case=text.get("case", ""),
        before=_before(text.get("before", "")),
        open_start=chosen is None,
        open_end=until is None,
    )


def _instant(text: str, zone: ZoneInfo, name: str) -> datetime | None:
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid({name: f"{text} is no date and time."}) from None
    try:
        return (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(ZoneInfo("UTC"))
    except OverflowError:
        raise Invalid({name: f"{text} is no date and time."}) from None


def _before(text: str) -> tuple[datetime, UUID] | None:
    at, _, key = text.partition("~")
    if not text:
        return None
    try:
        read, event = datetime.fromisoformat(at), UUID(key)
    except ValueError:
        raise Invalid({"before": "This page of the trail cannot be found."}) from None
    if read.tzinfo is None:
        raise Invalid({"before": "This page of the trail cannot be found."})
    return read, event
