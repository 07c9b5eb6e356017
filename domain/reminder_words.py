"""Reminder words: what a message to a patient says, and what it must never say.

Source of the rule: clinical/scheduling.md, 6: no clinical detail, and no name of a specialty that
reveals a condition. So a message knows only when, where, a telephone number and a link; the place
is the name of the branch, never of the clinic. A phone is read by others too: no name stands in it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum

from domain.errors import NotAllowed


class Occasion(StrEnum):
    """What a message is about."""

    REMINDER = "reminder"
    MOVED = "moved"
    CANCELLED = "cancelled"
    OFFER = "offer"


#: All that a wording may ask for.
BLANKS = frozenset({"when", "place", "phone", "link"})
_NEEDED = {
    Occasion.REMINDER: {"when", "place"},
    Occasion.MOVED: {"when", "place"},
    Occasion.CANCELLED: {"when", "place"},
    Occasion.OFFER: {"when", "place", "link"},
}
LONGEST = 480  # characters; about three text messages in one; engineering default

_O = Occasion
DEFAULT = "en"
WORDINGS: Mapping[str, Mapping[Occasion, str]] = {
    "en": {
        _O.REMINDER: (
            "Reminder: you have an appointment on {when} at {place}."
            " To confirm, move or cancel it: {link} or {phone}."
        ),
        _O.MOVED: (
            "Your appointment at {place} has been moved. It is now on {when}."
            " Questions: {link} or {phone}."
        ),
        _O.CANCELLED: (
            "Your appointment on {when} at {place} has been cancelled."
            " For a new one: {link} or {phone}."
        ),
        _O.OFFER: (
            "An appointment has come free on {when} at {place}. To take it or decline: {link}."
        ),
    },
    "de": {
        _O.REMINDER: (
            "Erinnerung: Sie haben einen Termin am {when}, {place}."
            " Bestätigen, verlegen oder absagen: {link} oder {phone}."
        ),
        _O.MOVED: (
            "Ihr Termin, {place}, wurde verlegt. Er ist jetzt am {when}."
            " Fragen: {link} oder {phone}."
        ),
        _O.CANCELLED: (
            "Ihr Termin am {when}, {place}, wurde abgesagt."
            " Einen neuen Termin erhalten Sie hier: {link} oder {phone}."
        ),
        _O.OFFER: (
            "Ein Termin ist frei geworden: {when}, {place}. Annehmen oder ablehnen: {link}."
        ),
    },
    "fr": {
        _O.REMINDER: (
            "Rappel : vous avez un rendez-vous le {when}, {place}."
            " Pour le confirmer, le déplacer ou l’annuler : {link} ou {phone}."
        ),
        _O.MOVED: (
            "Votre rendez-vous, {place}, a été déplacé. Nouvelle date : {when}."
            " Questions : {link} ou {phone}."
        ),
        _O.CANCELLED: (
            "Votre rendez-vous du {when}, {place}, a été annulé."
            " Pour en prendre un autre : {link} ou {phone}."
        ),
        _O.OFFER: (
            "Un rendez-vous s’est libéré : {when}, {place}. Pour l’accepter ou le refuser : {link}."
        ),
    },
    "es": {
        _O.REMINDER: (
            "Recordatorio: tiene una cita el {when}, {place}."
            " Para confirmarla, cambiarla o anularla: {link} o {phone}."
        ),
        _O.MOVED: (
            "Su cita, {place}, se ha cambiado. Ahora es el {when}. Preguntas: {link} o {phone}."
        ),
        _O.CANCELLED: (
            "Su cita del {when}, {place}, se ha anulado. Para pedir otra: {link} o {phone}."
        ),
        _O.OFFER: "Ha quedado libre una cita: {when}, {place}. Para aceptarla o no: {link}.",
    },
}

_WEEKDAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "es": "lunes martes miércoles jueves viernes sábado domingo",
}
_MONTHS = {
    "en": ("January February March April May June July August September October November December"),
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": (
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
    ),
}
_DAYS = {
    "en": "{weekday} {day} {month} {year}, {time} ({zone})",
    "de": "{weekday}, {day}. {month} {year}, {time} Uhr ({zone})",
    "fr": "{weekday} {day} {month} {year} à {time} ({zone})",
    "es": "{weekday} {day} de {month} de {year} a las {time} ({zone})",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a message may know; the place is that of the branch."""

    when: str
    place: str
    phone: str
    link: str


def language(wanted: str | None) -> str:
    """Return the language a message is written in: the patient's where there are words for it."""
    spoken = (wanted or "").strip().lower().replace("_", "-").partition("-")[0]
    return spoken if spoken in WORDINGS else DEFAULT


def when(at: datetime, zone: tzinfo, wanted: str | None = None) -> str:
    """Write a time as patients read it, with the name of its zone: Monday 4 May 2026, 10:00 (BST).

    A visit by telephone or video says it twice, once for each zone.
    """
    spoken, local = language(wanted), at.astimezone(zone)
    return _DAYS[spoken].format(
        weekday=_WEEKDAYS[spoken].split()[local.weekday()],
        day=local.day,
        month=_MONTHS[spoken].split()[local.month - 1],
        year=local.year,
        time=f"{local:%H:%M}",
        zone=_zone(local, zone),
    )


def day(on: date, wanted: str | None = None) -> str:
    """Write a day as patients read it, without a time: Monday 4 May 2026."""
    spoken = language(wanted)
    pattern, _, _ = _DAYS[spoken].partition("{year}")
    return (pattern + "{year}").format(
        weekday=_WEEKDAYS[spoken].split()[on.weekday()],
        day=on.day,
        month=_MONTHS[spoken].split()[on.month - 1],
        year=on.year,
    )


def _zone(local: datetime, zone: tzinfo) -> str:
    """Name the zone as people do: BST; where it has no letters, by its city: Kathmandu."""
    name = local.tzname() or ""
    return name if name.isalpha() else str(zone).rpartition("/")[2].replace("_", " ")


def for_both(at: datetime, place: tzinfo, patient: tzinfo, wanted: str | None = None) -> str:
    """Write the time of a visit by telephone or video: for the place, and where the patient is."""
    here, there = when(at, place, wanted), when(at, patient, wanted)
    return here if here == there else f"{here} = {there}"


_BLANK = re.compile(r"\{([^{}]*)\}")


def check(wording: str, occasion: Occasion) -> str:
    """Return a wording that a site has written, or say what is wrong with it."""
    text = wording.strip()
    asked = set(_BLANK.findall(text))
    if strange := sorted(asked - BLANKS):
        raise NotAllowed(
            f"A message may not say {{{strange[0]}}}. It may say when, where, a telephone number "
            "and a link, nothing else.",
            "wording.blank",
        )
    if missing := sorted(_NEEDED[occasion] - asked):
        raise NotAllowed(f"The message must say {{{missing[0]}}}.", "wording.missing")
    if set("{}") & set(_BLANK.sub("", text)):
        raise NotAllowed("A brace stands alone. Write {when} or {place}.", "wording.brace")
    if len(text) > LONGEST:
        raise NotAllowed(f"A message has at most {LONGEST} characters.", "wording.long")
    return text


def write(
    occasion: Occasion, facts: Facts, wanted: str | None = None, wording: str | None = None
) -> str:
    """Write a message in the patient's language, or in the words of the site."""
    text = WORDINGS[language(wanted)][occasion] if wording is None else check(wording, occasion)
    values = {name: " ".join(getattr(facts, name).split()) for name in BLANKS}
    return _BLANK.sub(lambda blank: values[blank[1]], text)
