"""Release: what a report and its later versions do to the record."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pytest

from domain.errors import NotAllowed
from domain.labs import ResultStatus
from domain.sexes import Sex
from tests.adt.scene import person
from tests.labs.reports import (
    CREATININE,
    POTASSIUM,
    SODIUM,
    as_status,
    later,
    report,
    reports,
    results,
    standing,
)
from tests.turns import in_turn
from ward.labs.lay import MAY as PERMISSION
from ward.labs.models import ReportStatus
from ward.labs.release import release
from ward.labs.said import ResultSaid
from ward.patients.person import When
from ward.patients.register import register

S = ResultStatus


async def take(scene, *said):
    """Take reports in, each in a work of its own."""
    for one in said:
        async with scene.work() as work:
            made = await release(work, one)
    return made


async def count(scene, table: str) -> int:
    return await scene.scalar(f"SELECT count(*) FROM {table}")


async def test_a_result_is_judged_beside_what_was_sent(scene) -> None:
    ida = await scene.patient()
    made = await take(scene, report(ida, replace(POTASSIUM, sent=("H",)), SODIUM))
    found = await standing(scene)
    row, detail = found["Potassium"]
    assert (detail.sent, detail.letters, detail.ours) == (("H",), ("HH",), "3.5 to 5.0")
    assert (row.rank, made.worst, found["Sodium"][0].rank) == (3, 3, 1)
    assert detail.value == "6.8"
    assert made.patient_id == ida


async def test_the_value_stays_as_written_and_is_compared_in_our_unit(scene) -> None:
    ida = await scene.patient()
    await take(scene, report(ida, replace(CREATININE, value="310.0")))
    _, detail = (await standing(scene))["Creatinine"]
    assert (detail.value, detail.unit) == ("310.0", "umol/L")
    assert round(detail.number, 2) == Decimal("3.51")
    assert detail.letters == ("H",)


async def test_the_same_report_again_changes_nothing(scene) -> None:
    ida = await scene.patient()
    said = report(ida)
    first = await take(scene, said)
    before = await count(scene, "outbox")
    again = await take(scene, said, replace(said, reported_at=said.reported_at))
    assert again.id == first.id
    assert again.version == first.version
    assert await count(scene, "lab_result") == 2
    assert await count(scene, "outbox") == before


async def test_eight_at_once_are_one(scene) -> None:
    ida = await scene.patient()
    said = report(ida)
    made = await asyncio.gather(*(in_turn(partial(take, scene, said)) for _ in range(8)))
    assert len({one.id for one in made}) == 1
    assert await count(scene, "lab_result") == 2
    assert await count(scene, "diagnostic_report") == 1


async def test_preliminary_final_corrected_withdrawn(scene) -> None:
    ida = await scene.patient()
    first = report(ida, as_status(POTASSIUM, S.PRELIMINARY), status=ReportStatus.PRELIMINARY)
    final = later(first, as_status(POTASSIUM, S.FINAL), status=ReportStatus.FINAL)
    corrected = later(final, as_status(POTASSIUM, S.CORRECTED, value="4.8"))
    gone = later(corrected, as_status(POTASSIUM, S.WRONG_PATIENT, value="4.8"))
    for said, status, worst in (
        (first, ReportStatus.PRELIMINARY, 3),
        (final, ReportStatus.FINAL, 3),
        (corrected, ReportStatus.CORRECTED, 1),
        (gone, ReportStatus.WRONG, 0),
    ):
        made = await take(scene, said)
        assert (made.status, made.worst) == (status, worst)
    kept = await results(scene)
    assert [row.status for row, _ in kept] == [S.PRELIMINARY, S.FINAL, S.CORRECTED, S.WRONG_PATIENT]
    assert [row.replaces_id for row, _ in kept[1:]] == [row.id for row, _ in kept[:-1]]
    assert sum(row.replaced_at is None for row, _ in kept) == 1
    # all of them again, in any order: nothing moves
    before = await count(scene, "outbox")
    await take(scene, gone, first, corrected, final, gone)
    assert len(await results(scene)) == 4
    assert (await reports(scene))[0].status is ReportStatus.WRONG
    assert await count(scene, "outbox") == before


async def test_what_was_overtaken_on_its_way_changes_nothing(scene) -> None:
    ida = await scene.patient()
    first = report(ida, as_status(POTASSIUM, S.PRELIMINARY, value="6.1"))
    await take(scene, later(first, replace(POTASSIUM, value="4.4")), first)
    _, detail = (await standing(scene))["Potassium"]
    assert detail.value == "4.4"
    assert len(await results(scene)) == 1


async def test_another_value_of_the_same_instant_is_taken_once(scene) -> None:
    """A sender that corrects without saying when: the second stands, and replays move nothing."""
    ida = await scene.patient()
    one = report(ida, POTASSIUM)
    other = replace(one, results=(replace(POTASSIUM, value="4.1"),))
    await take(scene, one, other, one, other)
    assert [d.value for _, d in await results(scene)] == ["6.8", "4.1"]
    assert (await reports(scene))[0].status is ReportStatus.CORRECTED


async def test_parts_of_a_report_join(scene) -> None:
    ida = await scene.patient()
    first = report(ida, SODIUM, status=ReportStatus.PARTIAL)
    made = await take(scene, first, later(first, POTASSIUM, status=ReportStatus.FINAL))
    assert set(await standing(scene)) == {"Sodium", "Potassium"}
    assert (made.status, made.worst) == (ReportStatus.FINAL, 3)


async def test_acknowledged_falls_back_only_when_there_is_something_to_see(scene) -> None:
    ida = await scene.patient()
    said = report(ida, POTASSIUM)
    made = await take(scene, said)

    async def seen() -> bool:
        return (await reports(scene))[0].acknowledged_at is not None

    async def acknowledge() -> None:
        async with scene.work() as work:
            row = await work.access(type(made), made.id, PERMISSION, lock=True)
            row.acknowledged_at = work.now

    await acknowledge()
    normal = later(said, POTASSIUM, SODIUM)
    await take(scene, normal)
    assert await seen()  # a normal sodium more
    corrected = later(normal, as_status(POTASSIUM, S.CORRECTED, value="4.0"), SODIUM)
    await take(scene, corrected)
    assert not await seen()  # what was relied on was replaced
    await acknowledge()
    await take(scene, later(corrected, replace(CREATININE, value="900")))
    assert not await seen()  # something abnormal more


async def test_a_report_of_another_patient_is_refused(scene) -> None:
    ida, ben = await scene.patient(), await scene.patient("Ashgrove", "Ben")
    await take(scene, report(ida))
    with pytest.raises(NotAllowed, match="another patient"):
        await take(scene, report(ben))
    assert {row.patient_id for row, _ in await results(scene)} == {ida}


K = {"loinc": "2823-3", "unit": "mmol/L"}
KINDS = [
    (ResultSaid("Potassium", "6.8", "NM", **K), ("HH",)),
    (
        ResultSaid("Potassium", "9", "SN", comparator=">", **K),
        ("HH", ">"),
    ),
    (ResultSaid("Potassium", "haemolysed", "NM", **K), ()),
    (ResultSaid("Potassium", "NaN", "NM", **K), ()),
    (ResultSaid("Potassium", "6.8", "NM", loinc="2823-3", unit="furlong"), ()),
    (ResultSaid("Potassium", "6.8", "NM", loinc="2823-3", unit=""), ()),
    (ResultSaid("Kryptonite", "6.8", "NM", code="KRY", unit="mmol/L"), ()),
    (ResultSaid("Culture", "Escherichia coli", "CWE", answer="112283007"), ()),
    (ResultSaid("Comment", "See below", "ST"), ()),
    (ResultSaid("Chest X-ray", "No focal lesion.\nHeart normal.", "TX"), ()),
    (ResultSaid("Chest X-ray", "No focal lesion.", "FT"), ()),
    (ResultSaid("Report", "", "ED"), ()),
]


@pytest.mark.parametrize(("said", "letters"), KINDS)
async def test_every_kind_of_value_is_kept_as_sent(scene, said, letters) -> None:
    ida = await scene.patient()
    await take(scene, report(ida, said))
    _, detail = (await standing(scene))[said.name]
    assert (detail.value, detail.unit, detail.kind) == (said.value, said.unit, said.kind)
    assert detail.letters == letters


async def test_the_interval_that_was_sent_wins(scene) -> None:
    ida = await scene.patient()
    said = replace(POTASSIUM, value="5.2", reference="3.0-5.5")
    await take(scene, report(ida, said))
    _, detail = (await standing(scene))["Potassium"]
    assert detail.letters == ("N",)


async def test_what_nobody_verified_judges_and_calls_nobody(scene) -> None:
    ida = await scene.patient()
    made = await take(scene, report(ida, as_status(POTASSIUM, S.UNVERIFIED, sent=("HH",))))
    assert made.worst == 0


async def test_a_child_gets_no_letters_of_ours(scene) -> None:
    async with scene.work() as work:
        born = When(work.now.date() - timedelta(days=3650))
        child = (await register(work, replace(person("Small", "Tim"), born=born))).id
    await take(scene, report(child, replace(POTASSIUM, sent=("HH",))))
    row, detail = (await standing(scene))["Potassium"]
    assert (detail.letters, row.rank) == ((), 3)  # only what the laboratory said


async def test_of_unknown_sex_the_widest_interval_holds_and_is_said(scene) -> None:
    async with scene.work() as work:
        nobody = replace(person("Unnamed", "X"), sex=Sex.UNKNOWN, born=When(date(1960, 1, 1)))
        patient = (await register(work, nobody)).id
    said = ResultSaid("Haemoglobin", "12.5", loinc="718-7", unit="g/dL")
    await take(scene, report(patient, said))
    _, detail = (await standing(scene))["Haemoglobin"]
    assert (detail.widest, detail.letters) == (True, ("N",))


async def test_a_change_against_the_last_final_value_is_said(scene) -> None:
    ida = await scene.patient()
    first = report(ida, replace(POTASSIUM, value="3.9"), filler="L-1")
    at = first.observed_at - timedelta(hours=6)
    await take(scene, replace(first, observed_at=at), report(ida, POTASSIUM, filler="L-2"))
    detail = (await results(scene))[-1][1]
    assert detail.change == "U"


async def test_an_edited_range_does_not_judge_the_past_again(scene, monkeypatch) -> None:
    from domain import analytes
    from domain.analytes import ANALYTES, Interval

    ida = await scene.patient()
    said = report(ida, replace(POTASSIUM, value="5.3"))
    await take(scene, said)
    wide = replace(
        ANALYTES["k"],
        female=Interval(Decimal(3), Decimal(6)),
        male=Interval(Decimal(3), Decimal(6)),
    )
    monkeypatch.setattr(analytes, "_BY_LOINC", {**analytes._BY_LOINC, "2823-3": wide})
    await take(scene, said)
    _, detail = (await standing(scene))["Potassium"]
    assert (detail.letters, detail.ours) == (("H",), "3.5 to 5.0")
    await take(scene, report(ida, replace(POTASSIUM, value="5.3"), filler="L-9"))
    assert (await results(scene))[-1][1].letters == ("N",)
