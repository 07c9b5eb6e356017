"""Hospital: two patients with a secret word for each class of data; a ward knows only one.

`near` lies on Six East of Northsite, `far` on Harbour of Riverside, where of the demo's people
only reception2 works. What is sown of one is sown of the other.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from domain import breakglass, gs1
from domain.access import Permission, Role
from domain.alerts import Cause
from domain.clinic_hours import Why
from domain.decisions import Override, Reason
from domain.doses import Status
from domain.duty import DutyRole
from domain.encounters import Disposition
from domain.flags import FlagKind, Resuscitation
from domain.fluids import Fluid
from domain.formulary import Route, Unit
from domain.lab_orders import Urgency
from domain.reconciliation import HomeSource
from domain.spans import NO_BUFFER, Span
from tests.adt.scene import Scene, person
from tests.labs.reports import report
from tests.medications.scene import as_person, detailed, ordered
from tests.scheduling.clinic import open_clinic
from tests.stations import ids
from tests.vitals.bedsides import told
from ward.adt.admit import admit
from ward.adt.discharge import gone
from ward.adt.requests import request_move
from ward.alerts.sound import sound
from ward.arrivals.arrive import arrive
from ward.beds.block import block
from ward.beds.models import BedReason
from ward.beds.service import finish_clean
from ward.db import new_id
from ward.dev.cast import PASSWORD
from ward.duty.service import begin
from ward.flags.resuscitate import DecisionSaid, decide
from ward.flags.service import FlagSaid, set_flag
from ward.infants.service import link
from ward.interop.hl7.intake import Intake
from ward.interop.hl7.outbound import receiving
from ward.interop.hl7.outbound.receiver_models import Hl7Picture
from ward.interop.hl7.outbound.receivers import Kind
from ward.interop.hl7.outbound.receiving import Asked
from ward.interop.hl7.siu.models import CodeKind, Hl7Code
from ward.labs.details import LabOrder
from ward.labs.order import order as ask_laboratory
from ward.labs.release import release
from ward.medications import missing
from ward.medications.asking import ask
from ward.medications.details import GivenAmount, GivenDetail
from ward.medications.models import Identified, MedicationAdministration, ScheduledDose
from ward.medications.prescribe import prescribe
from ward.medications.products import ProductSaid, add
from ward.node import Node
from ward.patients.allergies import AllergySaid, record_allergy
from ward.patients.models import AllergyDetail, Condition, ConditionDetail, Patient, PatientAccount
from ward.patients.person import When
from ward.patients.register import register
from ward.prescriptions.service import Wanted, issue
from ward.reconciliation.models import HomeDetail
from ward.reconciliation.service import record
from ward.scheduling import hours, waitlist
from ward.scheduling.details import AppointmentDetail, Wish
from ward.scheduling.hold import hold
from ward.scheduling.recurring import book_series
from ward.scheduling.waitlist import Wished
from ward.security.actors import Actor, System
from ward.security.glass import BreakGlass
from ward.summaries import service as summaries
from ward.summaries.parts import Words
from ward.tasks.assign import TaskSaid, assign
from ward.users.devices import enrol as enrol_device
from ward.users.service import enrol, grant, hang_wall
from ward.vitals.fluids import record_fluid
from ward.vitals.observe import observe
from ward.work import Work, work_as

MEDICINE = "metoprolol"
MESSAGE = b"MSH|^~\\&|SCHED||WARD||20261121||SIU^S15|1|P|2.5.1\rSCH|AP-1\r"
WALL_TOKEN = "the-wall-of-the-matrix"
RECEIVER = "matrix_receiver"
DOCTORS = {"near": "doctor", "far": "far-doctor"}
NURSES = {"near": "near-nurse", "far": "far-nurse"}
UNASKED = (Override("allergy-state", Reason.EMERGENCY, about=(MEDICINE,)),)
_NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


def canary(data: str, side: str) -> str:
    """Give the secret word of a class of data, of one side: zqdthreenear."""
    return f"zqd{_NUMBERS[int(data[1:])]}{side}"


@dataclass
class Side:
    """One of the two: where she lies, which clinic she goes to, what was made of her so far."""

    name: str
    scene: Scene
    ward: UUID
    clinic: UUID
    bed: UUID
    spare: UUID  # a bed that stands empty
    other: UUID  # another ward of the branch
    nurse: UUID
    patient: UUID
    stay: UUID
    before: UUID  # a stay that is over

    def word(self, data: str) -> str:
        return canary(data, self.name)


async def seeded(node: Node) -> None:
    """Sow both, and what belongs to nobody."""
    scene = Scene(node, UUID(int=0), UUID(int=0), {})
    await _of_nobody(scene)
    for name, ward, clinic, other in (
        ("near", "Six East", "Outpatients", "Six West"),
        ("far", "Harbour", "Day clinic", "Day clinic"),
    ):
        side = await _lies(scene, name, ward, clinic, other)
        for sow in (
            _family,
            _flags,
            _record,
            _orders,
            _given,
            _laboratory,
            _clinic,
            _summary,
            _own,
            _trail,
            _glass,
        ):
            await sow(side)


async def _of_nobody(scene: Scene) -> None:
    wards, branches = await ids(scene.node, "ward"), await ids(scene.node, "branch")
    async with scene.work() as work:
        await enrol(work, "zqten", canary("D10", "near"), PASSWORD, chosen=True)
        await enrol_device(work, canary("D10", "near"), wards["Six East"])
        await hang_wall(
            work, "Corridor", branches["Northsite"], wards["Six East"], token=WALL_TOKEN
        )
        far = await enrol(work, DOCTORS["far"], "Somebody else", PASSWORD, chosen=True)
        await grant(work, far, Role.DOCTOR, branches["Riverside"])
        for side, branch, ward in (
            ("near", "Northsite", "Six East"),
            ("far", "Riverside", "Harbour"),
        ):
            nurse = await enrol(work, NURSES[side], canary("D0", side), PASSWORD, chosen=True)
            await grant(work, nurse, Role.NURSE, branches[branch], ward_id=wards[ward])
    async with scene.work() as work:
        digits = "0950600013001"
        pack = f"{digits}{gs1.check_digit(digits)}"
        said = ProductSaid(pack, MEDICINE, "tablet", Decimal(50), Unit.MG, (Route.ORAL,))
        await add(work, said)
    await _from_outside(scene)


async def _from_outside(scene: Scene) -> None:
    """Take in a message that names nobody, have a code of its sender mapped, add a receiver."""
    await Intake(scene.node).receive(MESSAGE, "test")
    async with scene.work() as work:
        code = Hl7Code(id=new_id(), msh3="SCHED", msh4="", kind=CodeKind.VISIT, mark=bytes(32))
        await work.seal(code, words="FU")
        work.add(code, Permission.REVIEW_MESSAGES)
        asked = Asked("", "", "127.0.0.1", 1, frozenset({Kind.LAB_ORDERS}))
        await receiving.add(work, RECEIVER, asked)
        shot = Hl7Picture(id=new_id(), receiver="another", total=0, begun_at=work.now)
        work.add(shot, Permission.MANAGE_RECEIVERS)


async def _lies(scene: Scene, name: str, ward: str, clinic: str, other: str) -> Side:
    """Register her, and lay her into the first bed of the ward."""
    wards, users = await ids(scene.node, "ward"), await ids(scene.node, "app_user", "username")
    async with scene.node.aside.connect() as connection:
        found = await connection.execute(
            text("SELECT id FROM bed WHERE ward_id = :ward ORDER BY position LIMIT 6"),
            {"ward": wards[ward]},
        )
        beds = list(found.scalars())
    known = person(canary("D1", name), "Ida")
    async with scene.work() as work:
        patient = (await register(work, known)).id
        before = await admit(work, patient, beds[0], at=work.now - timedelta(days=3))
        await gone(work, before.id, Disposition.HOME, at=work.now - timedelta(days=2))
        await finish_clean(work, beds[0])
    async with scene.work() as work:
        stay = await admit(work, patient, beds[0], at=work.now - timedelta(hours=3))
    return Side(
        name, scene, wards[ward], wards[clinic], beds[0], beds[5], wards[other],
        users[NURSES[name]], patient, stay.id, before.id,
    )  # fmt: skip


async def _family(side: Side) -> None:
    """Her mother, who lies nowhere."""
    async with side.scene.work() as work:
        mother = await register(work, replace(person("Vane", "Olga"), born=When(date(1925, 1, 1))))
        await link(work, side.patient, mother.id)


async def _flags(side: Side) -> None:
    """A flag and what is said of it, safeguarding, a decision about resuscitation."""
    word, patient = side.word("D3"), side.patient
    async with side.scene.work() as work:
        for kind in (FlagKind.FALLS, FlagKind.SAFEGUARDING):
            await set_flag(work, patient, kind, FlagSaid(words=word))
        decided = DecisionSaid(status=Resuscitation.NOT_ATTEMPT, reason=word)
        await decide(work, patient, decided, after=None)


async def _record(side: Side) -> None:
    """Allergy, diagnosis, alert, task, observations, fluids, roster, a blocked bed, a move."""
    word, patient = side.word("D3"), side.patient
    async with side.scene.work() as work:
        await record_allergy(work, patient, AllergySaid(detail=AllergyDetail(word, ("rash",))))
        condition = Condition(id=new_id(), patient_id=patient, recorded_at=work.now)
        await work.seal(condition, detail=ConditionDetail(side.word("D6")))
        work.add(condition, Permission.RECORD_CONDITION)
        await sound(work, patient, Cause.NEWS_RISE, f"{word} rose.")
    async with side.scene.work() as work:
        await begin(work, side.ward, side.nurse, DutyRole.NURSE, work.now + timedelta(hours=12))
        await assign(work, patient, TaskSaid(what=word, due_at=work.now + timedelta(hours=1)))
        await block(work, side.spare, BedReason.FAULT)
    async with side.scene.work() as work:
        await observe(work, patient, replace(told(), note=word), seen=None)
        await record_fluid(work, patient, Fluid.ORAL, 200, at=work.now, note=word)
        if side.other != side.clinic:
            await request_move(work, patient, side.other)


async def _orders(side: Side) -> None:
    """An order with its doses, a question about it, a missing dose, home medicines, a paper."""
    word = side.word("D4")
    async with as_person(side.scene, DOCTORS[side.name]) as work:
        line = ordered(replace(detailed(MEDICINE), note=word), work.now, overrides=UNASKED)
        (made,) = await prescribe(work, side.patient, [line])
        detail = HomeDetail(name=word, dose="1", often="daily")
        await record(work, side.patient, HomeSource.PATIENT, detail)
    async with side.scene.work() as work:
        await ask(work, made.id, word)
    async with as_person(side.scene, DOCTORS[side.name]) as work:
        await issue(work, side.patient, [Wanted(made.id, 7)], site="http://ward.test")


async def _given(side: Side) -> None:
    """A dose that was given, and one that is not there."""
    async with side.scene.work() as work:
        rows = await _of(work, side, "scheduled_dose")
        dose = await work.access(ScheduledDose, rows[0], Permission.VIEW_MEDICATIONS)
        await missing.ask(work, dose.id, side.word("D4"))
        made = MedicationAdministration(
            id=new_id(), patient_id=side.patient, encounter_id=side.stay, ward_id=side.ward,
            request_id=dose.request_id, dose_id=None, status=Status.GIVEN,
            occurred_at=work.now, recorded_at=work.now, recorded_by=side.nurse,
            recorded_as="nurse", band=Identified.SCANNED, pack=Identified.SCANNED,
        )  # fmt: skip
        amount = GivenAmount(Decimal(50), Unit.MG)
        await work.seal(made, detail=GivenDetail(amount=amount, route=Route.ORAL))
        work.add(made, Permission.GIVE_MEDICATION)


async def _laboratory(side: Side) -> None:
    """An order, its specimen, and a report."""
    async with side.scene.work() as work:
        said = LabOrder(("U&E",), question=side.word("D5"))
        await ask_laboratory(work, side.patient, said, Urgency.ROUTINE, work.now)
    async with side.scene.work() as work:
        said = report(side.patient, filler=side.name)
        first, *others = said.results
        worded = replace(first, comments=(side.word("D5"),))
        await release(work, replace(said, results=(worded, *others)))


async def _clinic(side: Side) -> None:
    """An appointment to come, one who came, a time that is held, hours, somebody away."""
    clinic = await open_clinic(side.scene, side.clinic)
    reason = AppointmentDetail(reason=side.word("D2"), note=side.word("D2"))
    coming = clinic.at(10)
    await clinic.book(side.patient, coming, detail=reason)
    early = clinic.at(9)
    waits = await clinic.book(side.patient, early, "Dr Müller", detail=reason)
    async with side.scene.work() as work:
        span = Span.lasting(clinic.at(15), timedelta(minutes=20))
        resource = clinic.resources["Dr Adeyemi"]
        await hold(work, side.clinic, span, [resource], buffer=NO_BUFFER)
        away = Span.lasting(coming, timedelta(minutes=30))
        await hours.close(work, side.clinic, resource, away, why=Why.LEAVE)
    async with side.scene.work() as work:
        await arrive(work, waits.id, seen=None)
    async with side.scene.work() as work:
        weekly = clinic.said(side.patient, clinic.at(11), detail=reason)
        await book_series(work, weekly, "FREQ=WEEKLY;COUNT=2", {})
        wish = Wish(side.word("D2"))
        wished = Wished(visit_type_id=clinic.visits["Follow-up"], wish=wish)
        await waitlist.put(work, side.clinic, side.patient, wished)


async def _summary(side: Side) -> None:
    """A signed summary of each stay; each part of it has the word of its class."""
    for stay in (side.stay, side.before):
        async with as_person(side.scene, DOCTORS[side.name]) as work:
            words = Words(reason=side.word("D6"), course=side.word("D6"))
            drafted = await summaries.write(work, stay, words, seen=None)
            await summaries.sign(work, drafted.id, seen=None, site="http://ward.test")


async def _own(side: Side) -> None:
    """The patient who signs in here is the one who is near."""
    if side.name == "near":
        mine = (await ids(side.scene.node, "app_user", "username"))["patient"]
        async with side.scene.work() as work:
            row = PatientAccount(user_id=mine, patient_id=side.patient, since=work.now)
            work.add(row, Permission.REGISTER_PATIENT)


async def _trail(side: Side) -> None:
    """Something looked at her, and the trail has the word for it."""
    looker = System("job:matrix", frozenset({Permission.VIEW_PATIENT}))
    async with work_as(side.scene.node, looker, f"test.{side.word('D9')}", reading=True) as work:
        await work.access(Patient, side.patient, Permission.VIEW_PATIENT)


async def _glass(side: Side) -> None:
    """Her record was opened by break-glass, and nobody has reviewed it."""
    async with as_person(side.scene, "nurse2") as nurse, side.scene.work() as work:
        actor = nurse.actor
        assert isinstance(actor, Actor)
        case = BreakGlass(
            id=new_id(), patient_id=side.patient, grant_id=actor.grant_id, user_id=actor.id,
            role=actor.role, branch_id=actor.branch_id, ward_id=side.ward,
            reason=breakglass.Reason.EMERGENCY, opened_at=work.now, ended_at=work.now,
            until=work.now + timedelta(hours=1), ended=breakglass.Ending.GIVEN_BACK,
        )  # fmt: skip
        await work.seal(case, words=side.word("D9"))
        work.add(case, Permission.BREAK_GLASS)


async def _of(work: Work, side: Side, table: str) -> list[UUID]:
    connection = await work.connection()
    mine = text(f"SELECT id FROM {table} WHERE patient_id = :patient ORDER BY id")
    return list((await connection.execute(mine, {"patient": side.patient})).scalars())
