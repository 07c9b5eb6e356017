"""RDE: orders of a pharmacy's system: signed like any other, or before a person, never guessed."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.access import Permission
from domain.allergies import AllergyState
from domain.doses import Status
from domain.formulary import Route, Unit
from domain.frequencies import Code
from domain.orders import OrderKind, OrderSource, RequestPriority, RequestStatus
from tests.adt.scene import Scene, person
from tests.interop.hl7.border import act, rows, send, standing
from tests.interop.hl7.corpus import vector
from tests.interop.hl7.pharmacy import Pharmacy
from tests.interop.hl7.test_ras import first, record
from tests.medications.scene import detail_of, doses_of, prescribed
from tests.settling import worked_off
from tests.stations import Station
from ward import clock
from ward.adt.admit import admit
from ward.interop.hl7.models import Hl7Body
from ward.medications.models import MedicationRequest
from ward.patients.allergies import AllergySaid, take_in_allergy
from ward.patients.models import AllergyDetail, Patient
from ward.patients.register import register

MRN = "700123"
DONE = ("done", None)
PARACETAMOL = "161^paracetamol^RXNORM"


@pytest.fixture
async def ada(scene: Scene) -> UUID:
    """The patient of the published message, asked for allergies, in a bed."""
    async with scene.work() as work:
        patient = await register(work, person("Testpatient", "Ada", MRN))
        await admit(work, patient.id, scene.beds["6E-01"], at=work.now - timedelta(hours=2))
    async with scene.work() as work:
        row = await work.access(Patient, patient.id, Permission.RECORD_ALLERGY, lock=True)
        row.allergy_state = AllergyState.NONE_KNOWN
    return patient.id


def rde(
    control_id: str,
    control: str = "NW",
    *,
    number: str = "RX-7001^PHARM",
    drug: str = PARACETAMOL,
    dose: str = "1000",
    unit: str = "mg^^UCUM",
    route: str = "PO^Oral^HL70162",
    tq1: str = "||QID",
    event: str = "O11",
    more: tuple[str, ...] = (),
    rxe: str = "",
    mrn: str = MRN,
) -> bytes:
    """Write an order of our own."""
    kind = f"RDE^{event}^RDE_O11|{control_id}|P|2.5.1||||||UNICODE UTF-8"
    by = "20260504100500+0100|||D123^SYNTHETIC^GRACE||||STOCK^Out of stock^L"
    segments = [
        f"MSH|^~\\&|PHARM|NORTHSITE|WARD|NORTHSITE|20260504101500+0100||{kind}",
        f"PID|1||{mrn}^^^NORTHSITE^MR||TESTPATIENT^ADA||19500304|F",
        f"ORC|{control}|{number}{'|' * (7 - number.count('|'))}{by}",
        f"RXE||{drug}|{dose}||{unit}|TAB^Tablet^L{rxe}",
        f"TQ1|1{tq1}",
        f"RXR|{route}",
        *more,
    ]
    return "".join(f"{one}\r" for one in segments).encode()


async def requests(scene: Scene) -> list[MedicationRequest]:
    async with scene.work() as work:
        every = select(MedicationRequest).order_by(MedicationRequest.id)
        return await work.every(every, Permission.VIEW_MEDICATIONS)


async def note_of(scene: Scene, control_id: str) -> str:
    """Read why a message waits."""
    (row,) = await rows(scene.node, "SELECT id FROM hl7_message WHERE msh10 = :n", n=control_id)
    async with scene.work() as work:
        of = select(Hl7Body).where(Hl7Body.message_id == row[0])
        bodies = await work.every(of, Permission.REVIEW_MESSAGES)
        return (await work.open(bodies, Hl7Body.note))[bodies[0].id] or ""


async def test_an_order_is_signed_and_its_doses_stand(scene: Scene, ada: UUID) -> None:
    assert await act(scene.node, rde("1", tq1="||QID||||20991231120000+0000")) == ["AA"]
    assert await standing(scene.node) == {"1": DONE}
    (request,) = await requests(scene)
    assert (request.patient_id, request.source, request.status) == (
        ada,
        OrderSource.PHARMACY,
        RequestStatus.ACTIVE,
    )
    detail = await detail_of(scene, request.id)
    assert (detail.generic, detail.dose, detail.unit, detail.route, detail.frequency) == (
        "paracetamol",
        Decimal(1000),
        Unit.MG,
        Route.ORAL,
        Code.QDS,
    )
    assert (detail.kind, detail.form) == (OrderKind.REGULAR, "Tablet")
    assert detail.note == "Ordered by SYNTHETIC, GRACE"


async def test_the_published_message_is_an_order(scene: Scene, ada: UUID) -> None:
    """M12 starts on a day of May 2026: what was due before today is nobody's to give."""
    assert await act(scene.node, vector("M12")) == ["AA"]
    assert await standing(scene.node) == {"RDE-0001": DONE}
    (request,) = await requests(scene)
    assert request.patient_id == ada
    doses = await doses_of(scene, request.id)
    assert doses
    assert min(dose.due_at for dose, _ in doses) > clock.now() - timedelta(hours=24)


async def test_the_same_order_twice_is_once(scene: Scene, ada: UUID) -> None:
    del ada
    codes = await act(scene.node, rde("1"), rde("1"), rde("2", event="O25"))
    assert codes == ["AA", "AA", "AA"]
    assert await standing(scene.node) == {"1": DONE, "2": DONE}
    assert len(await requests(scene)) == 1


async def test_it_is_stopped_withheld_lifted_and_changed_by_its_number(
    scene: Scene, ada: UUID
) -> None:
    del ada
    await act(scene.node, rde("1"))
    (request,) = await requests(scene)

    async def status() -> RequestStatus:
        return (await requests(scene))[0].status

    await act(scene.node, rde("2", "HD"), rde("3", "HD"))
    assert await status() is RequestStatus.ON_HOLD
    await act(scene.node, rde("4", "RL"))
    assert await status() is RequestStatus.ACTIVE
    await act(scene.node, rde("5", "XO", dose="500"))
    assert (await detail_of(scene, request.id)).dose == 500
    assert (await requests(scene))[0].revision == 2
    await act(scene.node, rde("6", "DC"), rde("7", "CA"))
    assert await status() in {RequestStatus.STOPPED, RequestStatus.CANCELLED}
    assert set((await standing(scene.node)).values()) == {DONE}
    assert await doses_of(scene, request.id, Status.PLANNED) == []


async def test_our_own_order_is_known_by_our_id(scene: Scene, ada: UUID) -> None:
    request = await prescribed(scene, ada)
    await act(scene.node, rde("1", "DC", number=f"{request.id}^WARD"))
    assert await standing(scene.node) == {"1": DONE}
    assert not (await requests(scene))[0].status.stands


async def test_another_patients_order_is_not_touched(scene: Scene, ada: UUID) -> None:
    request = await prescribed(scene, ada)
    async with scene.work() as work:
        other = await register(work, person("Testpatient", "Ada", "700999"))
        await admit(work, other.id, scene.beds["6E-02"])
    await act(scene.node, rde("1", "DC", number=f"{request.id}^WARD", mrn="700999"))
    assert await standing(scene.node) == {"1": ("review", "refused")}
    assert (await requests(scene))[0].status.stands


async def test_what_the_rules_forbid_waits_with_their_sentence(scene: Scene, ada: UUID) -> None:
    """An allergy stops it as it stops a physician; it never stands, not for a moment."""
    await act(
        scene.node,
        rde("adt", "NW"),
    )
    async with scene.work() as work:
        await take_in_allergy(work, ada, "test|723", _allergy("amoxicillin"))
    await act(scene.node, rde("1", number="RX-2^PHARM", drug="723^amoxicillin^RXNORM", dose="500"))
    assert (await standing(scene.node))["1"] == ("review", "unsafe_order")
    assert "amoxicillin" in await note_of(scene, "1")
    assert len(await requests(scene)) == 1
    await act(scene.node, rde("2", number="RX-3^PHARM", drug="^metoprolol", dose="50", tq1="||BID"))
    assert (await standing(scene.node))["2"] == DONE, "a later order does not wait behind it"


def _allergy(substance: str) -> AllergySaid:
    return AllergySaid(detail=AllergyDetail(substance=substance))


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"drug": "161^metoprolol^RXNORM"}, "unknown_medicine"),
        ({"drug": "99999999^paracetamol^RXNORM"}, "unknown_medicine"),
        ({"drug": "N1^Snake oil^L"}, "unknown_medicine"),
        ({"drug": "^^^^"}, "unknown_medicine"),
        ({"dose": "a lot"}, "unclear_order"),
        ({"dose": "-1"}, "unclear_order"),
        ({"dose": "NaN"}, "unclear_order"),
        ({"dose": "0"}, "unclear_order"),
        ({"unit": "TAB^tablets^L"}, "unclear_order"),
        ({"unit": ""}, "unclear_order"),
        ({"route": "XX^Somehow^L"}, "unclear_order"),
        ({"tq1": "||"}, "unclear_order"),
        ({"tq1": "||WHENEVER"}, "unclear_order"),
        ({"tq1": "||ACM"}, "unclear_order"),
        ({"tq1": "||Q1W"}, "unclear_order"),
        ({"tq1": "||QID||||tomorrow"}, "unclear_order"),
        ({"tq1": "||QID|||||||||||x"}, "unclear_order"),
        ({"more": ("TQ1|2||BID",)}, "unclear_order"),
        ({"more": ("RXR|IV",)}, "unclear_order"),
        ({"more": ("RXC|B|1^glucose^L|5|mg",)}, "unclear_order"),
        ({"number": ""}, "unclear_order"),
        ({"control": "RF", "number": "RX-1^PHARM"}, "unknown_order"),
        ({"control": "DC", "number": "RX-9^PHARM"}, "unknown_order"),
        ({"control": "DC", "number": ""}, "unknown_order"),
        ({"control": "DC", "number": "no-uuid^WARD"}, "unknown_order"),
    ],
)
async def test_what_is_not_clear_is_never_guessed(
    scene: Scene, ada: UUID, said: dict[str, str], reason: str
) -> None:
    mine = await prescribed(scene, ada, "metoprolol")
    assert await act(scene.node, rde("1", said.pop("control", "NW"), **said)) == ["AA"]
    assert await standing(scene.node) == {"1": ("review", reason)}
    assert await note_of(scene, "1")
    (request,) = await requests(scene)
    assert (request.id, request.status) == (mine.id, RequestStatus.ACTIVE)


@pytest.mark.parametrize(
    ("tq1", "frequency", "kind", "priority"),
    [
        ("||Q6H||||||PRN^As needed^HL70485", Code.PRN, OrderKind.AS_REQUIRED, "routine"),
        ("||||||||S^Stat^HL70485", Code.STAT, OrderKind.ONCE, "stat"),
        ("||Once", Code.ONCE, OrderKind.ONCE, "routine"),
        ("||Q12H", Code.Q12H, OrderKind.REGULAR, "routine"),
        ("||QHS", Code.ON, OrderKind.REGULAR, "routine"),
    ],
)
async def test_how_often_is_read(
    scene: Scene, ada: UUID, tq1: str, frequency: Code, kind: OrderKind, priority: str
) -> None:
    del ada
    await act(scene.node, rde("1", tq1=tq1, rxe="|" * 21 + "PAIN^pain^L"))
    assert await standing(scene.node) == {"1": DONE}, await note_of(scene, "1")
    (request,) = await requests(scene)
    detail = await detail_of(scene, request.id)
    assert (detail.frequency, detail.kind) == (frequency, kind)
    assert request.priority is RequestPriority(priority)
    if frequency is Code.PRN:
        assert detail.limits is not None
        assert (detail.limits.min_interval_minutes, detail.limits.max_count) == (360, 4)


async def test_a_stop_that_came_before_its_order_is_not_lost(scene: Scene, ada: UUID) -> None:
    """Its order waited for its patient; then both have their effect, in their order."""
    unknown = rde("1", drug="N1^Snake oil^L")
    await act(scene.node, unknown, rde("2", "DC"))
    assert (await standing(scene.node))["2"] == ("review", "unknown_order")
    await act(scene.node, rde("0", "NW", number="RX-5^PHARM", drug="^metoprolol", dose="50"))
    assert (await standing(scene.node))["2"] == ("review", "unknown_order")
    del ada
    assert len(await requests(scene)) == 1


async def test_a_corrected_order_takes_what_came_for_it_along(
    ward, open_scene: Scene, admin: Station
) -> None:
    del ward
    scene = open_scene
    async with scene.work() as work:
        patient = await register(work, person("Testpatient", "Ada", MRN))
        await admit(work, patient.id, scene.beds["6E-01"])
    async with scene.work() as work:
        row = await work.access(Patient, patient.id, Permission.RECORD_ALLERGY, lock=True)
        row.allergy_state = AllergyState.NONE_KNOWN
    await act(scene.node, rde("1", drug="N1^Snake oil^L"), rde("2", "HD"))
    sql = "SELECT id, version FROM hl7_message WHERE msh10 = '1'"
    ((message_id, version),) = await rows(scene.node, sql)
    page = (await admin.get(f"/hl7/messages/{message_id}")).text
    assert "Snake oil is no medicine of the house." in page
    form = (await admin.get(f"/hl7/messages/{message_id}/correct")).text
    assert "Snake oil" in form
    text = rde("1").decode().replace("\r", "\n")
    path = f"/hl7/messages/{message_id}/correct"
    answer = await admin.post(path, text=text, version=version)
    assert answer.status_code in {204, 303}, answer.text
    await worked_off(scene.node)
    assert await standing(scene.node) == {"1": DONE, "2": DONE}
    assert (await requests(scene))[0].status is RequestStatus.ON_HOLD


async def test_who_lies_in_no_bed_is_ordered_nothing(scene: Scene) -> None:
    async with scene.work() as work:
        await register(work, person("Testpatient", "Ada", MRN))
    await act(scene.node, rde("1"), rde("2", mrn="700124"))
    assert await standing(scene.node) == {
        "1": ("review", "refused"),
        "2": ("review", "unknown_patient"),
    }


async def test_what_was_given_is_told_by_their_number(scene: Scene, ada: UUID) -> None:
    del ada
    pharmacy = Pharmacy(scene.node)
    async with pharmacy.open():
        await act(scene.node, rde("1", number="RX-7001^PHARM|F-1^FILL"))
        (request,) = await requests(scene)
        await record(scene, request)
        assert await pharmacy.send() == 1
    orc = first(pharmacy.told[0], "ORC")
    assert (orc.raw(2), orc.raw(3)) == ("RX-7001^PHARM", "F-1^FILL")


async def test_orders_of_one_message_stand_together_or_not_at_all(scene: Scene, ada: UUID) -> None:
    del ada
    second = (
        "ORC|NW|RX-8^PHARM",
        "RXE||N1^Snake oil^L|5||mg^^UCUM",
        "TQ1|1||BID",
        "RXR|PO",
    )
    await send(scene.node, rde("1", more=second))
    await worked_off(scene.node)
    assert await standing(scene.node) == {"1": ("review", "unknown_medicine")}
    assert await requests(scene) == []
