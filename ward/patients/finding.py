"""Finding: which slots a search text means, and how well each fits."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cached_property

from domain.matching import number_key
from ward.patients import asked
from ward.patients.asked import Asked
from ward.patients.records import Records

EXACT, PREFIX, SLIP, SOUND = 100, 85, 72, 70  # weights of a word; engineering defaults
ALIKE = PREFIX - 1  # the most that is had by likeness: such a hit stands after all others
BROAD = 10_000  # a word that stands in more slots is tested, not listed
EXAMINED = 2_000  # slots weighed for a question as broad as that
NUMBER = 3  # characters of a number before its beginning is searched for
SPARE = 3  # times as many as asked for are weighed before the best are chosen
NUMBERED = 1_000  # slots taken for the beginning of a number

Found = dict[int, int]  # slot: score
Test = Callable[[int], bool]


def find(records: Records, question: Asked, limit: int) -> Found:
    """Weigh the slots that hold everything asked for; the best are among them."""
    if not question.words:
        found = _by_digits(records, question)
        if found or not question.labels:
            return found
        question = replace(question, words=question.labels)  # Max Born 82
    found = _by_name(records, question, limit)
    at = 1
    while not found and at < len(question.words):  # Mary Ann may be Maryann
        found = _by_name(records, question.joined(at), limit)
        at += 1
    return found


def _by_digits(records: Records, question: Asked) -> Found:
    found: Found = {}
    for key in filter(None, (*question.codes, question.number)):
        if len(key) >= NUMBER:
            begun = records.living(records.numbers.prefixed(key, NUMBERED))
            found.update(dict.fromkeys(begun, PREFIX))
        whole = records.living(records.numbers.exact(key))  # also a short one: MRN 0001
        found.update(dict.fromkeys(whole, EXACT))
    if question.phone:
        found.update(dict.fromkeys(records.living(records.phones.exact(question.phone)), EXACT))
    born = records.born_on(day for text in question.whole_days if (day := asked.day(text)))
    found.update(dict.fromkeys(records.living(born), EXACT))
    return found


class _Word:
    """One word asked for, against the vocabulary; what is far-fetched is fetched last."""

    def __init__(self, records: Records, text: str) -> None:
        self.text = text
        self._vocabulary = records.words
        self._known: dict[int, int] = {}

    def best(self, numbers: Iterable[int]) -> int:
        """Weigh the best of a slot's words; 0 when none is the word asked for."""
        best, known = 0, self._known
        for number in numbers:
            weight = known.get(number)
            if weight is None:
                weight = known[number] = self._weight(number)
            best = max(best, weight)
        return best

    @cached_property
    def slots(self) -> int:
        """Count the slots, as far as it matters."""
        count = 0
        for number in self._numbers():
            count += len(self._vocabulary.slots[number])
            if count > BROAD:
                break
        return count

    @property
    def broad(self) -> bool:
        """Tell whether the word stands almost everywhere."""
        return self.slots > BROAD

    def all(self) -> set[int]:
        """List every slot in which something like the word stands."""
        return self._union(self._numbers())

    def exactly(self) -> set[int]:
        """List every slot in which the word itself stands."""
        return self._union(self._vocabulary.exact(self.text))

    def spread(self) -> Iterator[int]:
        """Walk the slots, best first, without listing them; some come twice."""
        return (slot for number in self._numbers() for slot in self._vocabulary.slots[number])

    def _numbers(self) -> Iterator[int]:
        yield from self._vocabulary.exact(self.text)
        yield from self._vocabulary.prefixed(self.text)
        yield from self._near

    def _union(self, numbers: Iterable[int]) -> set[int]:
        return set().union(*(self._vocabulary.slots[number] for number in numbers))

    def _weight(self, number: int) -> int:
        word = self._vocabulary.words[number]
        if word.startswith(self.text):
            return EXACT if len(word) == len(self.text) else PREFIX
        return self._near.get(number, 0)

    @cached_property
    def _near(self) -> dict[int, int]:
        sounding = dict.fromkeys(self._vocabulary.sounding(self.text), SOUND)
        return sounding | dict.fromkeys(self._vocabulary.slipped(self.text), SLIP)


def _by_name(records: Records, question: Asked, limit: int) -> Found:
    words = [_Word(records, text) for text in question.words]
    if len(words) > 1:
        words.sort(key=lambda word: word.slots)
        if not words[0].slots:
            return {}
    tests: list[Test] = []
    chosen: set[int] | None = None
    for text in (*question.days, *question.digits, *question.codes):
        slots = _holding(records, text)
        if slots is None:
            tests.append(_part_test(records, text))
        else:
            chosen = slots if chosen is None else chosen & slots
    found: Found = {}
    for count, slot in enumerate(_candidates(words, chosen)):
        if _enough(count, len(found), limit, words):
            break
        if slot in found or not records.alive[slot] or not all(test(slot) for test in tests):
            continue
        if weight := _weigh(words, records.spelt(slot)):
            found[slot] = weight
    return found


def _weigh(words: list[_Word], numbers: Iterable[int]) -> int:
    """Weigh a slot by all words; 0 when it lacks one. The commonest may fail first."""
    total, least = 0, EXACT
    for word in reversed(words):
        weight = word.best(numbers)
        if not weight:
            return 0
        total, least = total + weight, min(least, weight)
    return total // len(words) if least >= PREFIX else min(total // len(words), ALIKE)


def _enough(examined: int, found: int, limit: int, words: list[_Word]) -> bool:
    """Stop when no better can come, or when the question is too broad to weigh all of it."""
    if found >= (limit if len(words) == 1 else SPARE * limit):
        return True
    return examined >= EXAMINED and words[0].broad


def _candidates(words: list[_Word], chosen: set[int] | None) -> Iterator[int]:
    """Give the slots that hold each word exactly, then those that hold something like it.

    The rarest word leads, from what fits it best; the less rare cut down what it gives.
    """
    if chosen is not None:
        yield from chosen.intersection(*(word.all() for word in words if not word.broad))
        return
    rarest, rest = words[0], words[1:]
    if rest:
        yield from set.intersection(*(word.exactly() for word in words))
    sets = [word.all() for word in rest if not word.broad]
    common = set.intersection(*sets) if sets else None
    for slot in rarest.spread():
        if common is None or slot in common:
            yield slot


def _holding(records: Records, text: str) -> set[int] | None:
    """List the slots with such a birth date or number; None when the digits say too little."""
    days = asked.days(text)
    if days is None:
        return None
    key = number_key(text)
    begun = records.numbers.prefixed(key, NUMBERED) if len(key) >= NUMBER else ()
    return records.born_on(days) | set(begun)


def _part_test(records: Records, text: str) -> Test:
    """Test whether one or two digits are the year, the month or the day of birth."""
    value = int(text)

    def test(slot: int) -> bool:
        born = records.born(slot)
        return born is not None and value in {born.year % 100, born.day, born.month}

    return test
