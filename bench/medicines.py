"""Medicines: what it costs to draw thirty of them over four days, and to open their page."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import event, select

from bench import giving
from bench.chart import Cost, forget
from bench.client import Client
from bench.figures import Figure, percentile, spread
from bench.hospital import Hospital, Serving, cookie, serving
from bench.morning import days_ago, morning
from bench.patients import BENCH, person
from bench.writer import writing
from domain.access import Permission
from domain.allergies import AllergyState
from domain.decisions import Override, Reason
from domain.doses import Status
from domain.errors import NotAllowed
from domain.formulary import FORMULARY, Drug, Unit
from domain.frequencies import Code
from domain.orders import OrderKind
from domain.windows import Timing
from realtime.topics import Topic
from ward import live
from ward.adt.admit import admit
from ward.adt.models import Stay
from ward.beds.open import open_bed
from ward.db import new_id
from ward.dev.cast import ZONE
from ward.medications import chart
from ward.medications import prescribe as signing
from ward.medications.details import GivenAmount, GivenDetail, OrderDetail
from ward.medications.events import DoseGiven
from ward.medications.held import hold
from ward.medications.models import (
    MedicationAdministration,
    MedicationRequest,
    ScheduledDose,
)
from ward.medications.stop import stop_all
from ward.node import Node
from ward.patients.models import Patient
from ward.patients.register import register
from ward.places.models import Ward
from ward.work import Work, work_as

LINES, DRAWN, OPENED, WARM = 30, 50, 60, 5
LISTED = 20  # medicines beside which a new order is asked about
CROWD, BEDS, EACH = 40, 30, 8  # patients of the care view, beds that are full, medicines
BEFORE = timedelta(days=2, hours=6)
VIEW, GIVE = Permission.VIEW_MEDICATIONS, Permission.GIVE_MEDICATION
CODES = (Code.BD, Code.TDS, Code.OD, Code.QDS, Code.ON)
BAR = "p95 < 100 ms"


def measure(place: Hospital) -> list[Figure]:
    """Measure the chart of medicines."""
    return asyncio.run(_measure(place))


async def _measure(place: Hospital) -> list[Figure]:
    """Draw and open the chart of a patient with thirty medicines."""
    async with writing(place) as writer, morning(writer):
        patient, ward_id = await _somebody(writer, place.ward_id)
        doses = await _fill(writer, patient)
        with serving(place) as node:
            figures = await _drawn(writer, patient, doses)
            figures += await _opened(writer, node, patient, ward_id)
            await _crowd(writer, ward_id)
            figures += await _care(writer, node, ward_id)
            another = await _another(writer, ward_id, patient)
            return figures + await giving.measure(writer, node, patient, another, LISTED)


async def _somebody(node: Node, ward_id: UUID) -> tuple[UUID, UUID]:
    async with work_as(node, BENCH, "bench.find") as work:
        lying = select(Stay).where(Stay.ward_id == ward_id, Stay.ended_at.is_(None))
        stay = (await work.every(lying.order_by(Stay.id), Permission.VIEW_STAYS))[0]
        patient = await work.access(Patient, stay.patient_id, Permission.RECORD_ALLERGY, lock=True)
        patient.allergy_state = AllergyState.NONE_KNOWN
    return stay.patient_id, ward_id


async def _fill(node: Node, patient: UUID) -> int:
    """Order thirty medicines two days ago, and give what was due until now."""
    with days_ago(BEFORE):
        await _order(node, patient, LINES)
    return await _give(node, patient)


async def _order(node: Node, patient: UUID, wanted: int) -> None:
    """Sign so many orders of different medicines."""
    made = 0
    for drug in FORMULARY.values():
        made += await _sign(node, patient, drug, CODES[made % len(CODES)])
        if made == wanted:
            break
    assert made == wanted, made


async def _another(node: Node, ward_id: UUID, but: UUID) -> UUID:
    """Have somebody else of the ward stand at twenty medicines."""
    async with work_as(node, BENCH, "bench.find") as work:
        lying = select(Stay).where(
            Stay.ward_id == ward_id, Stay.ended_at.is_(None), Stay.patient_id != but
        )
        stays = await work.every(lying.order_by(Stay.id.desc()).limit(1), Permission.VIEW_STAYS)
        patient = stays[0].patient_id
        await stop_all(work, patient, "Bench")
    await _order(node, patient, LISTED)
    return patient


async def _sign(node: Node, patient: UUID, drug: Drug, code: Code) -> bool:
    unit = drug.units[0] if drug.units else Unit.MG
    if not drug.routes or drug.weekly or unit not in {Unit.MG, Unit.G, Unit.MICROGRAM}:
        return False
    detail = OrderDetail(
        generic=drug.generic, dose=Decimal(10), unit=unit, route=drug.routes[0], frequency=code,
        kind=OrderKind.REGULAR, form="tablet",
    )  # fmt: skip
    try:
        async with work_as(node, BENCH, "bench.order") as work:
            found = await signing.check(work, await hold(work, patient, VIEW), detail)
            given = tuple(Override.of(one, Reason.MONITORED) for one in found)
            ordered = signing.Ordered(detail=detail, starts_at=work.now, overrides=given)
            await signing.prescribe(work, patient, [ordered])
    except NotAllowed:
        return False
    return True


async def _give(node: Node, patient: UUID) -> int:
    async with work_as(node, BENCH, "bench.give") as work:
        mine = select(ScheduledDose).where(ScheduledDose.patient_id == patient)
        doses = await work.every(mine, VIEW)
        requests = select(MedicationRequest).where(MedicationRequest.patient_id == patient)
        encounter = (await work.every(requests, VIEW))[0].encounter_id
        for dose in doses:
            if dose.due_at < work.now:
                await _record(work, dose, encounter, dose.due_at + timedelta(minutes=5))
                dose.status = Status.GIVEN
    return len(doses)


async def _record(work: Work, dose: ScheduledDose, encounter: UUID, at: datetime) -> UUID:
    row = MedicationAdministration(
        id=new_id(), patient_id=dose.patient_id, encounter_id=encounter,
        request_id=dose.request_id, dose_id=dose.id, status=Status.GIVEN, timing=Timing.ON_TIME,
        occurred_at=min(at, work.now), recorded_at=work.now, recorded_as="bench",
    )  # fmt: skip
    await work.seal(row, detail=GivenDetail(GivenAmount(Decimal(10), Unit.MG)))
    work.add(row, GIVE)
    return row.id


async def _drawn(node: Node, patient: UUID, doses: int) -> list[Figure]:
    """Read the rows alone, then draw the whole live screen."""
    topic, seen = Topic("medications", patient), list[str]()

    async def query() -> None:
        async with work_as(node, BENCH, "bench.draw", reading=True) as work:
            found = await chart.chart(work, patient, work.now.astimezone(ZoneInfo(ZONE)).date())
            assert len(found.lines) == LINES

    async def whole() -> None:
        forget(node)
        await live.draw(node, topic, frozenset({"full.en"}))

    def count(*said: object) -> None:
        seen.append(str(said[2]))

    engine = node.aside.sync_engine
    event.listen(engine, "before_cursor_execute", count)
    await whole()
    event.remove(engine, "before_cursor_execute", count)
    name = f"{LINES} medicines, {doses} doses in four days"
    return [
        Figure(f"{name}: reading, opening, placing", (await Cost().of(query, DRAWN)).told),
        Figure(f"{name}: the live screen", (await Cost().of(whole, DRAWN)).told),
        Figure("statements of the live screen, banner included", str(len(seen))),
    ]


async def _opened(writer: Node, node: Serving, patient: UUID, ward_id: UUID) -> list[Figure]:
    """Open the page after a dose (nothing of it is drawn yet), and then once more."""
    client, path = Client(node.port, cookie(node.url, "nurse")), f"/patients/{patient}/medications"
    first, again, sizes = list[float](), list[float](), list[int]()
    for number in range(OPENED + WARM):
        await _touch(writer, patient, ward_id)
        for times in (first, again):
            status, body, took = await client.get(path)
            assert status == 200, status
            assert body.count(b'id="line-') == LINES
            if number >= WARM:
                times.append(took)
                sizes.append(len(body))
    await client.close()
    p95 = 1000 * percentile(first, 0.95)
    return [
        Figure("the page over HTTP right after a dose, with its trail", spread(first), BAR),
        Figure("the same page once more", spread(again)),
        Figure("size of the page", f"{max(sizes) / 1024:.0f} KB, p95 {p95:.0f} ms"),
    ]


async def _touch(node: Node, patient: UUID, ward_id: UUID) -> None:
    """Say of one dose again that it was given: every page of it is drawn anew."""
    async with work_as(node, BENCH, "bench.touch") as work:
        mine = select(MedicationAdministration).where(
            MedicationAdministration.patient_id == patient
        )
        one = (await work.every(mine.limit(1), VIEW))[0]
        work.record(DoseGiven(patient, ward_id, one.request_id, one.dose_id, one.id))
    await asyncio.sleep(0.3)  # reactions


async def _crowd(node: Node, ward_id: UUID) -> None:
    """Fill the ward up to forty patients, each with eight medicines since two days."""
    async with work_as(node, BENCH, "bench.beds") as work:
        ward = await work.access(Ward, ward_id, Permission.VIEW_BEDS)
        beds = [
            await open_bed(work, ward, f"X{number:02}", position=100 + number)
            for number in range(CROWD - BEDS)
        ]
        ids = [bed.id for bed in beds]
    for number, bed_id in enumerate(ids):
        async with work_as(node, BENCH, "bench.admit") as work:
            patient = await register(work, person(BEDS + number))
            await admit(work, patient.id, bed_id)
    async with work_as(node, BENCH, "bench.find") as work:
        lying = select(Stay).where(Stay.ward_id == ward_id, Stay.ended_at.is_(None))
        stays = await work.every(lying.order_by(Stay.id), Permission.VIEW_STAYS)
        everybody = [stay.patient_id for stay in stays]
        for one in everybody:
            row = await work.access(Patient, one, Permission.RECORD_ALLERGY, lock=True)
            row.allergy_state = AllergyState.NONE_KNOWN
    with days_ago(BEFORE):
        for one in everybody[1:]:
            await _order(node, one, EACH)


async def _care(writer: Node, node: Serving, ward_id: UUID) -> list[Figure]:
    """Draw the care view of forty patients, and open it right after a dose."""
    topic, seen = Topic("care", ward_id), list[str]()

    async def whole() -> None:
        forget(writer)
        await live.draw(writer, topic, frozenset({"full.en"}))

    def count(*said: object) -> None:
        seen.append(str(said[2]))

    engine = writer.aside.sync_engine
    event.listen(engine, "before_cursor_execute", count)
    await whole()
    event.remove(engine, "before_cursor_execute", count)
    drawn = await Cost().of(whole, DRAWN // 2)
    async with work_as(writer, BENCH, "bench.find") as work:
        given = select(ScheduledDose).where(ScheduledDose.status == Status.GIVEN).limit(1)
        patient = (await work.every(given, VIEW))[0].patient_id
    client, times = Client(node.port, cookie(node.url, "nurse")), list[float]()
    for number in range(OPENED // 2 + WARM):
        await _touch(writer, patient, ward_id)
        status, body, took = await client.get(f"/wards/{ward_id}/care")
        assert status == 200, status
        assert body.count(b'id="care-') >= CROWD
        if number >= WARM:
            times.append(took)
    await client.close()
    return [
        Figure(f"care view of {CROWD} patients, {EACH} medicines each, 36 hours", drawn.told),
        Figure("statements of the care view", str(len(seen))),
        Figure("its page over HTTP right after a dose", spread(times), "< 300 ms"),
    ]
