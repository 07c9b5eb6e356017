"""The identity index: whoever was added is found as people ask; whoever left is not."""

import random
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from domain import matching, names
from domain.sexes import Sex
from ward.patients.identity import Identity, IdentityIndex

JOHN = Identity(
    "Smith", "John", "Jack", date(1984, 3, 2), Sex.MALE, ("0012345", "9434765919"),
    ("+44 20 7946 0018",),
)  # fmt: skip
JOAN = Identity("Smith", "Joan", "Jo", date(1945, 7, 14), Sex.FEMALE, ("0012346",))
SIOBHAN = Identity("O'Connor", "Siobhan", "", date(1959, 1, 31), Sex.FEMALE, ("A12-99881",))
ROSA = Identity("da Silva", "Rosa Maria", "", date(1944, 5, 6), Sex.FEMALE)
JURGEN = Identity("Müller-Lüdenscheidt", "Jürgen", "", None, None)
WARD = {UUID(int=at): who for at, who in enumerate((JOHN, JOAN, SIOBHAN, ROSA, JURGEN), start=1)}


@pytest.fixture(name="index", scope="module")
def an_index() -> IdentityIndex:
    index = IdentityIndex()
    for patient, identity in WARD.items():
        index.add(patient, identity)
    return index


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Jon Smyth 84", [JOHN]),
        ("SMITH, John", [JOHN, JOAN]),
        ("Mr John Smith", [JOHN, JOAN]),
        ("jack smith", [JOHN]),
        ("smith j", [JOHN, JOAN]),
        ("smiht john", [JOHN, JOAN]),
        ("smith 02/03/1984", [JOHN]),
        ("smith 0203", [JOHN]),
        ("smith 02-Mar-1984", [JOHN]),
        ("smith 020384", [JOHN]),
        ("Joan Smith 1945", [JOAN]),
        ("Joan Smith 1946", []),
        ("14-Jul-1945", [JOAN]),
        ("1945-07-14", [JOAN]),
        ("14071945", [JOAN]),
        ("943 476 5919", [JOHN]),
        ("9434765919", [JOHN]),
        ("NHS No. 943 476 5919", [JOHN]),
        ("94347", [JOHN]),
        ("MRN 0012345", [JOHN]),
        ("12345", [JOHN]),
        ("smith 0012346", [JOAN]),
        ("020 7946 0018", [JOHN]),
        ("+44 (0)20 7946 0018", [JOHN]),
        ("a1299881", [SIOBHAN]),
        ("A12-998", [SIOBHAN]),
        ("oconnor", [SIOBHAN]),
        ("O Connor", [SIOBHAN]),
        ("o\u2019connor siobhan", [SIOBHAN]),
        ("connor", [SIOBHAN]),
        ("conner", [SIOBHAN]),
        ("dasilva rosamaria", [ROSA]),
        ("silva", [ROSA]),
        ("da silva maria", [ROSA]),
        ("muller", [JURGEN]),
        ("ludenscheidt jurgen", [JURGEN]),
        ("müllerlüd", [JURGEN]),
        ("Ros a Silva", [ROSA]),
        ("", []),
        ("?!", []),
        ("zzz", []),
        ("0", []),
        ("99/99/9999", []),
    ],
)
def test_a_patient_is_found_as_people_ask(
    index: IdentityIndex, text: str, who: list[Identity]
) -> None:
    assert {WARD[hit.id] for hit in index.search(text)} == set(who)


def test_who_fits_best_stands_first(index: IdentityIndex) -> None:
    hits = index.search("joan smith")
    assert WARD[hits[0].id] is JOAN
    assert hits[0].score == 100
    assert all(hit.score < 100 for hit in hits[1:])


def test_likeness_stands_after_all_that_is_written_so() -> None:
    index = IdentityIndex()
    alike, begun = UUID(int=1), UUID(int=2)
    index.add(alike, Identity(family="Smyth", given="John"))
    index.add(begun, Identity(family="Smithson", given="Johnathan"))
    assert [hit.id for hit in index.search("John Smith")] == [begun, alike]


def test_no_more_are_shown_than_asked_for(index: IdentityIndex) -> None:
    assert len(index.search("s", limit=2)) == 2
    assert len(index.search("smith", limit=1)) == 1


def test_whatever_is_typed_gets_an_answer(index: IdentityIndex) -> None:
    for text in ("x" * 10_000, "1" * 10_000, "a " * 500, "\0", "()", "٣٤٥", "李", "1/2/3", "84 84"):
        assert isinstance(index.search(text), list)


LETTERS = st.sampled_from("abcdefghijklmnoprstuvwyzéüøßžćİ'- ДжЯ李")
NAMES = st.text(LETTERS, min_size=1, max_size=12).filter(names.fold)
NUMBERS = st.from_regex(r"[A-Z]?[0-9]{4,14}", fullmatch=True).filter(matching.number_key)
PEOPLE = st.builds(
    Identity,
    NAMES,
    NAMES,
    st.just("") | NAMES,
    st.none() | st.dates(date(1900, 1, 1), date(2026, 1, 1)),
    st.none() | st.sampled_from(Sex),
    st.tuples() | st.tuples(NUMBERS),
    st.tuples(),
)
WARDS = st.lists(PEOPLE, min_size=1, max_size=12)
ALL = 1_000
UNHURRIED = settings(deadline=None)  # the machine may be busy


def build(people: list[Identity]) -> tuple[IdentityIndex, list[UUID]]:
    index, ids = IdentityIndex(), [uuid4() for _ in people]
    for patient, identity in zip(ids, people, strict=True):
        index.add(patient, identity)
    return index, ids


def found(index: IdentityIndex, text: str) -> set[UUID]:
    return {hit.id for hit in index.search(text, ALL)}


@UNHURRIED
@given(WARDS)
@example([Identity("Mr", "Dr"), Identity("ß", "İ")])
def test_everyone_is_found_by_the_full_name(people: list[Identity]) -> None:
    index, ids = build(people)
    for patient, who in zip(ids, people, strict=True):
        assert patient in found(index, f"{who.given} {who.family}")
        assert patient in found(index, f"{who.family}, {who.given}".upper())


@UNHURRIED
@given(WARDS, st.data())
def test_everyone_is_found_by_how_the_name_begins(
    people: list[Identity], data: st.DataObject
) -> None:
    index, ids = build(people)
    for patient, who in zip(ids, people, strict=True):
        word = data.draw(st.sampled_from(names.words(who.family)))
        assert patient in found(index, word[: data.draw(st.integers(1, len(word)))])


@UNHURRIED
@given(WARDS, st.text("abcdefghij", min_size=4, max_size=9), st.data())
def test_everyone_is_found_with_one_slip(
    people: list[Identity], family: str, data: st.DataObject
) -> None:
    index, ids = build([*people, Identity(family, "Jo")])
    at = data.draw(st.integers(0, len(family) - 1))
    letter = data.draw(st.sampled_from("abcdefghij"))
    slip = data.draw(st.sampled_from(["more", "less", "wrong", "swapped"]))
    slipped = {
        "more": family[:at] + letter + family[at:],
        "less": family[:at] + family[at + 1 :],
        "wrong": family[:at] + letter + family[at + 1 :],
        "swapped": family[:at] + family[at : at + 2][::-1] + family[at + 2 :],
    }[slip]
    assume(len(slipped) >= 4)
    assert ids[-1] in found(index, slipped)
    assert ids[-1] in found(index, f"Jo {slipped}")


@UNHURRIED
@given(WARDS)
def test_everyone_is_found_by_each_number_and_birth_date(people: list[Identity]) -> None:
    index, ids = build(people)
    for patient, who in zip(ids, people, strict=True):
        for number in who.numbers:
            assert patient in found(index, number)
            assert patient in found(index, f"{number[:3]} {number[3:]}") or number[0].isalpha()
        if who.born:
            assert patient in found(index, f"{who.born:%d/%m/%Y}")
            assert patient in found(index, f"{who.family} {who.born:%y}")


STEPS = st.lists(st.tuples(st.integers(0, 4), st.none() | PEOPLE), max_size=25)


@settings(UNHURRIED, max_examples=60)
@given(STEPS)
def test_after_any_changes_only_the_last_identity_is_found(
    steps: list[tuple[int, Identity | None]],
) -> None:
    index, now = IdentityIndex(), dict[UUID, Identity]()
    for at, identity in steps:
        patient = UUID(int=at)
        if identity:
            index.replace(patient, identity)
            now[patient] = identity
        else:
            index.remove(patient)
            now.pop(patient, None)
    fresh, ids = build(list(now.values()))
    same = dict(zip(ids, now, strict=True))
    assert len(index) == len(now)
    for _, who in steps:
        if who:
            for text in (who.family, f"{who.given} {who.family}", *who.numbers):
                assert found(index, text) == {same[hit] for hit in found(fresh, text)}
            doubles = {hit.id for hit in index.duplicates(who, ALL)}
            assert doubles == {same[hit.id] for hit in fresh.duplicates(who, ALL)}
            assert doubles <= now.keys()


def test_the_same_again_costs_nothing_and_a_change_leaves_waste() -> None:
    index, (patient,) = build([JOHN])
    for _ in range(100):
        index.replace(patient, JOHN)
    assert index.waste == 0
    index.replace(patient, JOAN)
    assert index.waste == 0.5
    assert patient in index
    index.remove(patient)
    assert patient not in index


@pytest.mark.parametrize(
    "typed",
    [
        Identity("Smith", "John", "", date(1984, 3, 2)),
        Identity("Smyth", "Jon", "", date(1984, 3, 2)),
        Identity("Smith", "Jack", "", date(1984, 3, 2)),
        Identity("Smith", "John", "", date(1984, 2, 3)),
        Identity("Smith", "John"),
        Identity("Unknown", "", "", None, None, ("943 476 5919",)),
    ],
)
def test_a_clerk_is_warned_of_the_record_that_is_there(
    index: IdentityIndex, typed: Identity
) -> None:
    hits = index.duplicates(typed)
    assert WARD[hits[0].id] is JOHN
    assert hits[0].score >= matching.POSSIBLE


def test_a_clerk_is_not_warned_of_strangers(index: IdentityIndex) -> None:
    assert index.duplicates(Identity("Nowak", "Piotr", "", date(1987, 1, 1), Sex.MALE)) == []
    assert index.duplicates(Identity()) == []


def test_one_is_found_among_twenty_thousand() -> None:
    chance = random.Random(6)
    parts = ["sen", "ra", "mi", "kol", "ta", "ber", "no", "vik", "lu", "gar"]
    index = IdentityIndex()
    for at in range(20_000):
        family, given = ("".join(chance.choices(parts, k=3)) for _ in range(2))
        born = date(1930, 1, 1) + timedelta(days=chance.randrange(35_000))
        index.add(UUID(int=at + 10), Identity(family, given, "", born, None, (str(10**6 + at),)))
    index.add(UUID(int=1), JOHN)
    texts = ["Jon Smyth 84", "smi", "943 476 5919", "john smith 1984", "smiht john"]
    assert all(UUID(int=1) in found(index, text) for text in texts)
    for text in ("s r", "sen ra", "s", "vik 84"):
        assert len(index.search(text)) == 20
