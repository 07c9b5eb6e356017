"""Doubles: whom a new record could be a second record of."""

from domain import matching, names
from domain.matching import Identity, Traits
from ward.patients import asked
from ward.patients.records import Records

NAMESAKES = 1_000  # people of such a name that are weighed


def doubles(records: Records, identity: Identity) -> dict[int, int]:
    """Weigh everyone with the same number, telephone, birth date or a name like this one."""
    numbers = {
        slot
        for key in matching.number_keys(identity.numbers)
        for slot in records.numbers.exact(key)
    }
    phones = {
        slot for key in matching.phone_keys(identity.phones) for slot in records.phones.exact(key)
    }
    mine = matching.traits(identity)
    found: dict[int, int] = {}
    for slot in records.living(
        numbers | phones | _namesakes(records, mine) | _born_near(records, mine)
    ):
        score = matching.score(
            mine,
            records.traits(slot),
            same_number=slot in numbers,
            same_phone=slot in phones,
        )
        if score >= matching.POSSIBLE:
            found[slot] = score
    return found


def _namesakes(records: Records, mine: Traits) -> set[int]:
    families = names.core(mine.family).split()
    called = mine.given.split()[:1] + mine.preferred.split()[:1]
    if not families or not called:
        return set()
    both = _alike(records, families) & _alike(records, called)
    return both if len(both) <= NAMESAKES else set(sorted(both)[-NAMESAKES:])


def _alike(records: Records, words: list[str]) -> set[int]:
    vocabulary = records.words
    numbers = {
        number
        for word in words
        for find in (vocabulary.exact, vocabulary.slipped, vocabulary.sounding)
        for number in find(word)
    }
    return set().union(*(vocabulary.slots[number] for number in numbers))


def _born_near(records: Records, mine: Traits) -> set[int]:
    """List those born on the day, or on the one that day and month exchanged make of it."""
    if not mine.born:
        return set()
    swapped = asked.day(f"{mine.born.year:04}-{mine.born.day}-{mine.born.month}")
    return records.born_on(filter(None, (mine.born, swapped)))
