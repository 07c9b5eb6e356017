"""Reach: by which channels a patient can be told, in which language, and when not."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from domain.reminders import Channel, Clocks
from ward.config import Settings
from ward.patients.person import Contact, Person
from ward.reminders.zones import zone_of

MOBILE = {"mobile", "cell"}
# ASCII alone, and nothing that could end a header or name a second recipient.
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,189}")
_NUMBER = re.compile(r"\+?[0-9]{7,15}")
_NONE = {
    Channel.EMAIL: "No e-mail address is recorded.",
    Channel.SMS: "No mobile number is recorded.",
}


@dataclass(frozen=True, slots=True, repr=False)
class Reach:
    """How one patient is reached."""

    addresses: dict[Channel, str]
    clocks: Clocks
    language: str


def channels(choice: Settings) -> tuple[Channel, ...]:
    """List the channels that this installation sends by."""
    ways = {Channel.SMS: choice.sms_url, Channel.EMAIL: choice.smtp_url}
    return tuple(channel for channel, url in ways.items() if url is not None)


def reach_of(person: Person, place: ZoneInfo) -> Reach:
    """Tell how a patient is reached: the first number and the first address that can be used."""
    found = {
        Channel.SMS: _first(person, _mobile),
        Channel.EMAIL: _first(person, _mail),
    }
    addresses = {channel: at for channel, at in found.items() if at}
    return Reach(addresses, Clocks(place, zone_of(person, place)), person.language)


def missing(channel: Channel) -> str:
    """Say why nothing is sent by a channel."""
    return _NONE[channel]


def _first(person: Person, read: Callable[[Contact], str]) -> str:
    usable = (read(one) for one in person.contacts if one.use != "old")
    return next((one for one in usable if one), "")


def _mail(contact: Contact) -> str:
    value = contact.value.strip()
    return value if contact.kind == "email" and _MAIL.fullmatch(value) else ""


def _mobile(contact: Contact) -> str:
    if contact.kind != "sms" and not (contact.kind == "phone" and contact.use in MOBILE):
        return ""
    value = re.sub(r"[\s()./-]", "", contact.value)
    return value if _NUMBER.fullmatch(value) else ""
