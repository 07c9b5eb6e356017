"""Finding: which slots a search text means, and how well each fits."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from domain.matching import number_key
from ward.patients import asked
from ward.patients.asked import Asked
from ward.patients.records import Records

EXACT, PREFIX, SLIP, SOUND = 100, 85, 72, 70  # weights of a word; engineering defaults
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
        return _by_digits(records, question)
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
            whole = records.living(records.numbers.exact(key))
            found.update(dict.fromkeys(whole, EXACT))
    if question.phone:
        found.update(dict.fromkeys(records.living(records.phones.exact(question.phone)), EXACT))
    born = records.born_on(day for text in question.whole_days if (day := asked.day(text)))
    found.update(dict.fromkeys(records.living(born), EXACT))
    return found


class _Word:
    """One word asked for, against the vocabulary."""

    def __init__(self, records: Records, text: str) -> None:
        vocabulary = records.words
        self.text = text
        self._words = vocabulary.words
        self._postings = vocabulary.slots
        self._vocabulary = vocabulary
        self._exact = vocabulary.exact(text)
        slipped, sounding = vocabulary.slipped(text), vocabulary.sounding(text)
        self._near = [*slipped, *sounding]
        self._weights: dict[int, int] = {}
        for weight, numbers in ((SOUND, sounding), (SLIP, slipped)):
            self._weights.update((number, self._begins(number) or weight) for number in numbers)
        self._weights.update(dict.fromkeys(self._exact, EXACT))
        self.slots = self._count()

    def best(self, numbers: Iterable[int]) -> int:
        """Weigh the best of a slot's words; 0 when none is the word asked for."""
        best, known = 0, self._weights
        for number in numbers:
            weight = known.get(number)
            if weight is None:
                weight = known[number] = self._begins(number)
            best = max(best, weight)
        return best

    def _begins(self, number: int) -> int:
        return PREFIX if self._words[number].startswith(self.text) else 0

    def all(self) -> set[int]:
        """List every slot in which something like the word stands."""
        return set().union(*(self._postings[number] for number in self._numbers()))

    def exactly(self) -> set[int]:
        """List every slot in which the word itself stands."""
        return set().union(*(self._postings[number] for number in self._exact))

    def spread(self) -> Iterator[int]:
        """Walk the slots, best first, without listing them; some come twice."""
        return (slot for number in self._numbers() for slot in self._postings[number])

    def _numbers(self) -> Iterator[int]:
        return chain(self._exact, self._vocabulary.prefixed(self.text), self._near)

    def _count(self) -> int:
        """Count the slots, as far as it matters."""
        count = 0
        for number in self._numbers():
            count += len(self._postings[number])
            if count > BROAD:
                break
        return count


def _by_name(records: Records, question: Asked, limit: int) -> Found:
    words = sorted((_Word(records, text) for text in question.words), key=lambda w: w.slots)
    if not all(word.slots for word in words):
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
    total = 0
    for word in reversed(words):
        weight = word.best(numbers)
        if not weight:
            return 0
        total += weight
    return total // len(words)


def _enough(examined: int, found: int, limit: int, words: list[_Word]) -> bool:
    """Stop when no better can come, or when the question is too broad to weigh all of it."""
    if found >= (limit if len(words) == 1 else SPARE * limit):
        return True
    return examined >= EXAMINED and words[0].slots > BROAD


def _candidates(words: list[_Word], chosen: set[int] | None) -> Iterator[int]:
    """Give the slots that hold each word exactly, then those that hold something like it.

    The rarest word leads, from what fits it best; the less rare cut down what it gives.
    """
    narrow = [word for word in words if word.slots <= BROAD]
    if chosen is not None:
        yield from chosen.intersection(*(word.all() for word in narrow))
        return
    if len(words) > 1:
        yield from set.intersection(*(word.exactly() for word in words))
    sets = [word.all() for word in narrow if word is not words[0]]
    common = set.intersection(*sets) if sets else None
    for slot in words[0].spread():
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
