"""Matching: which records are of one person, and whose names on a ward could be confused.

All weights are engineering defaults, made to rank, never to decide: a person confirms.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from domain import names
from domain.sexes import Sex


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells a person from all others; names as written, numbers in any spelling."""

    family: str = ""
    given: str = ""
    preferred: str = ""
    born: date | None = None
    sex: Sex | None = None
    numbers: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Traits:
    """An identity as it is compared: folded names, no numbers."""

    family: str
    given: str
    preferred: str = ""
    born: date | None = None
    sex: Sex | None = None


SAME_NUMBER = 100  # the same MRN or national number: nothing else need agree
SAME_PHONE = 15  # families share one
FAMILY, FAMILY_ALIKE = 30, 22
GIVEN, GIVEN_ALIKE, GIVEN_INITIAL, GIVEN_OTHER = 20, 14, 6, -15  # twins differ in this alone
BORN, BORN_SLIP, BORN_YEAR, BORN_OTHER = 40, 25, 8, -10
SEX_OTHER = -15

#: From here a candidate is shown; from the second on it is called likely.
POSSIBLE, LIKELY = 50, 75


def traits(person: Identity) -> Traits:
    """Fold an identity for comparison."""
    return Traits(
        names.fold(person.family),
        names.fold(person.given),
        names.fold(person.preferred),
        person.born,
        person.sex,
    )


def score(one: Traits, two: Traits, *, same_number: bool = False, same_phone: bool = False) -> int:
    """Rate from 0 to 100 how likely two records are of one person."""
    if same_number:
        return SAME_NUMBER
    total = _family(one, two) + _given(one, two) + _born(one.born, two.born)
    total += SAME_PHONE if same_phone else 0
    known = {one.sex, two.sex} <= {Sex.FEMALE, Sex.MALE}
    total += SEX_OTHER if known and one.sex is not two.sex else 0
    return max(0, min(100, total))


def compare(one: Identity, two: Identity) -> int:
    """Rate two identities whole, with their numbers and telephones."""
    return score(
        traits(one),
        traits(two),
        same_number=not number_keys(one.numbers).isdisjoint(number_keys(two.numbers)),
        same_phone=not phone_keys(one.phones).isdisjoint(phone_keys(two.phones)),
    )


def number_keys(numbers: Iterable[str]) -> set[str]:
    """Bring numbers to the form in which they are compared: no marks, no leading zeros."""
    return {key for number in numbers if (key := number_key(number))}


def number_key(number: str) -> str:
    """Bring one number to that form: 0012345 and 12 345 are one."""
    return names.fold(number).replace(" ", "").upper().lstrip("0")


def phone_keys(phones: Iterable[str]) -> set[str]:
    """Bring telephones to the digits that home and abroad share; short ones tell nothing."""
    digits = ("".join(letter for letter in phone if letter in "0123456789") for phone in phones)
    return {number[-PHONE:] for number in digits if len(number) >= PHONE}


PHONE = 9  # digits compared: +44 20 7946 0018 and 020 7946 0018 share them


def similar(one: str, two: str) -> bool:
    """Tell whether two family names could be confused on a ward: same, or sounding alike."""
    first, second = names.core(one), names.core(two)
    return bool(first and second) and (first == second or _sounds_alike(first, second))


def similar_names(families: Sequence[str]) -> list[bool]:
    """Tell for each patient of a ward whether another has a name that could be confused."""
    cores = [names.core(family) for family in families]
    heard: dict[str, list[int]] = {}  # by sound: only who sounds alike can be similar
    for at, core in enumerate(cores):
        if core:
            heard.setdefault(names.sound(core.replace(" ", "")), []).append(at)
    found = [False] * len(cores)
    for sound, together in heard.items():
        for one, two in combinations(together, 2):
            if not (found[one] and found[two]) and _confused(cores[one], cores[two], sound):
                found[one] = found[two] = True
    return found


def _sounds_alike(one: str, two: str) -> bool:
    """Compare by sound, but not so loosely that Lee and Lowe set off a warning."""
    key = names.sound(one.replace(" ", ""))
    return key == names.sound(two.replace(" ", "")) and _close(one, two, key)


def _confused(one: str, two: str, key: str) -> bool:
    """Tell whether two names of one sound could be confused."""
    return one == two or _close(one, two, key)


def _close(one: str, two: str, key: str) -> bool:
    return len(key) > 1 and names.distance(one, two, 2) <= 2


def _alike(one: str, two: str) -> bool:
    return _sounds_alike(one, two) or (min(len(one), len(two)) > 3 and names.within_one(one, two))


def _family(one: Traits, two: Traits) -> int:
    first, second = names.core(one.family), names.core(two.family)
    if not first or not second:
        return 0
    if first.replace(" ", "") == second.replace(" ", ""):
        return FAMILY
    part = not set(first.split()).isdisjoint(second.split())  # Smith and Smith-Jones
    return FAMILY_ALIKE if part or _alike(first, second) else 0


def _given(one: Traits, two: Traits) -> int:
    first, second = one.given.split(), two.given.split()
    if not first or not second:
        return 0
    if first[0] == second[0]:
        return GIVEN
    called = {*second, *two.preferred.split()} & {*first, *one.preferred.split()}
    if called or _alike(first[0], second[0]):
        return GIVEN_ALIKE
    initial = min(len(first[0]), len(second[0])) == 1 and first[0][0] == second[0][0]
    return GIVEN_INITIAL if initial else GIVEN_OTHER


def _born(one: date | None, two: date | None) -> int:
    if one is None or two is None:
        return 0
    if one == two:
        return BORN
    if slipped(one, two):
        return BORN_SLIP
    return BORN_YEAR if one.year == two.year else BORN_OTHER


def slipped(one: date, two: date) -> bool:
    """Tell whether two dates are one slip apart: day and month exchanged, or a digit wrong."""
    if (one.year, one.month, one.day) == (two.year, two.day, two.month):
        return True
    return names.within_one(one.strftime("%Y%m%d"), two.strftime("%Y%m%d"))
