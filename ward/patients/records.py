"""Records: what the identity index holds of each patient, in slots of a few arrays.

A slot is never used again: who changes gets a new one, and the old one is dead.
"""

from array import array
from collections.abc import Iterable, Iterator
from datetime import date
from uuid import UUID

from domain import matching, names
from domain.matching import Identity, Traits
from domain.sexes import Sex
from ward.patients.numbers import NumberTable
from ward.patients.places import SlotTable
from ward.patients.vocabulary import Vocabulary

_SEXES = (None, *Sex)
_MOST = 255  # words of one name that are kept


class Records:
    """All patients of this node, by slot."""

    def __init__(self) -> None:
        """Start empty."""
        self.words = Vocabulary()
        self.numbers = NumberTable()
        self.phones = NumberTable()
        self.places = SlotTable()
        self.alive = bytearray()
        self._starts = array("I", [0])  # where a slot's words begin
        self._spelt = array("I")  # family, given, preferred, other spellings
        self._counts = bytearray()  # how many of each of the first three
        self._born = array("I")  # ordinals, 0 when unknown
        self._days: dict[int, array[int]] = {}
        self._sexes = bytearray()
        self._digests = array("q")

    def put(self, patient: UUID, identity: Identity) -> None:
        """Give a patient a slot; nothing happens when nothing has changed."""
        old, digest = self.places.get(patient), hash(identity)
        if old is not None:
            if self._digests[old] == digest:
                return
            self.alive[old] = 0
        slot = len(self.alive)
        self.places.put(patient, slot)
        self._digests.append(digest)
        self.alive.append(1)
        self._note_names(slot, identity)
        self._note_rest(slot, identity)

    def drop(self, patient: UUID) -> None:
        """Let a patient's slot die."""
        slot = self.places.drop(patient)
        if slot is not None:
            self.alive[slot] = 0

    def spelt(self, slot: int) -> "array[int]":
        """List the numbers of the words that stand in a slot."""
        return self._spelt[self._starts[slot] : self._starts[slot + 1]]

    def born(self, slot: int) -> date | None:
        """Tell the birth date of a slot."""
        ordinal = self._born[slot]
        return date.fromordinal(ordinal) if ordinal else None

    def born_on(self, days: Iterable[date]) -> set[int]:
        """List the slots born on these days."""
        held = self._days
        return set().union(*(held.get(day.toordinal(), ()) for day in days))

    def living(self, slots: Iterable[int]) -> Iterator[int]:
        """Leave out what is dead."""
        return (slot for slot in slots if self.alive[slot])

    def traits(self, slot: int) -> Traits:
        """Spell a slot out, to compare it with somebody new."""
        words, at, texts = self.words.words, self._starts[slot], []
        for count in self._counts[3 * slot : 3 * slot + 3]:
            texts.append(" ".join(words[number] for number in self._spelt[at : at + count]))
            at += count
        family, given, preferred = texts
        return Traits(family, given, preferred, self.born(slot), _SEXES[self._sexes[slot]])

    def _note_names(self, slot: int, identity: Identity) -> None:
        for text in (identity.family, identity.given, identity.preferred):
            words = names.words(text)[:_MOST]
            self._counts.append(len(words))
            self._spelt.extend(self.words.note(word, slot) for word in words)
        also = names.spellings(identity.family) | names.spellings(identity.given)
        self._spelt.extend(self.words.note(word, slot) for word in also)
        self._starts.append(len(self._spelt))

    def _note_rest(self, slot: int, identity: Identity) -> None:
        born = identity.born.toordinal() if identity.born else 0
        self._born.append(born)
        if born:
            self._days.setdefault(born, array("I")).append(slot)
        self._sexes.append(_SEXES.index(identity.sex))
        for key in matching.number_keys(identity.numbers):
            self.numbers.note(key, slot)
        for key in matching.phone_keys(identity.phones):
            self.phones.note(key, slot)
