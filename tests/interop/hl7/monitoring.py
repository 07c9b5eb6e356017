"""Monitoring: messages of a bedside monitor, and what the nurse sees of them."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from domain.access import Permission
from tests.interop.hl7.border import rows
from ward import clock
from ward.interop.hl7.models import Hl7Body, Hl7Message
from ward.vitals import queries

HEART, SATURATION, TEMPERATURE = "8867-4^Heart rate^LN", "59408-5^SpO2^LN", "8310-5^Temp^LN"
SYSTOLIC, DIASTOLIC = "8480-6^Systolic^LN", "8462-4^Diastolic^LN"
RATE, POTASSIUM = "9279-1^Respiratory rate^LN", "2823-3^Potassium^LN"
UNITS = {
    HEART: "/min^^UCUM",
    SATURATION: "%^^UCUM",
    TEMPERATURE: "Cel^^UCUM",
    SYSTOLIC: "mm[Hg]^^UCUM",
    DIASTOLIC: "mm[Hg]^^UCUM",
    RATE: "/min^^UCUM",
    POTASSIUM: "mmol/L^^UCUM",
}
MRN = "7100001"


def stamp(at: datetime) -> str:
    """Write an instant as HL7 does, with its zone."""
    return at.astimezone(UTC).strftime("%Y%m%d%H%M%S+0000")


def obx(
    code: str,
    value: str,
    *,
    unit: str | None = None,
    status: str = "F",
    at: str = "",
    kind: str = "NM",
    device: str = "BED-01",
) -> str:
    """Write one OBX; the number in front is put in later."""
    unit = UNITS.get(code, "") if unit is None else unit
    fields = ["OBX", "#", kind, code, "", value, unit, "", "", "", "", status, "", "", at]
    return "|".join([*fields, "", "", "", device])


def oru(
    control_id: str,
    *segments: str,
    at: datetime | None = None,
    mrn: str = MRN,
    name: str = "QUILLFEATHER^IDA",
    born: str = "19500304",
    place: str = "6E^^01",
    obr_at: str | None = None,
) -> bytes:
    """Write a message of one OBR; a segment OBR among the others begins another."""
    at = at or clock.now()
    written = stamp(at) if obr_at is None else obr_at
    lines = [
        f"MSH|^~\\&|MONITORS|NORTHSITE|WARD|NORTHSITE|{stamp(at)}||ORU^R01|{control_id}|P|2.5.1",
        f"PID|1||{mrn}^^^NORTHSITE^MR||{name}||{born}|F",
        f"PV1|1|I|{place}",
        f"OBR|1|||85353-1^Vital signs^LN|||{written}",
    ]
    number = 0
    for segment in segments:
        number += segment.startswith("OBX")
        lines.append(segment.replace("|#|", f"|{number}|", 1))
    return "".join(f"{line}\r" for line in lines).encode()


def whole(**values: str) -> list[str]:
    """Write what a monitor measures of somebody well, with some values changed."""
    usual = {"heart": "72", "spo2": "98", "temp": "36.8", "high": "122", "low": "78", "rate": "16"}
    codes = {
        "heart": HEART,
        "spo2": SATURATION,
        "temp": TEMPERATURE,
        "high": SYSTOLIC,
        "low": DIASTOLIC,
        "rate": RATE,
    }
    return [obx(codes[key], value) for key, value in (usual | values).items()]


async def bedside(scene, patient):
    """Ask what a nurse sees at the bedside."""
    async with scene.work() as work:
        return await queries.bedside(work, patient)


async def charted(scene, patient):
    """List every set that the chart draws."""
    async with scene.work() as work:
        end = work.now + timedelta(minutes=1)
        return await queries.between(work, patient, work.now - timedelta(days=3), end)


TAKEN = ("done", None)
REFUSED = ("review", "refused")


async def note_of(scene, control_id: str) -> str:
    """Read why a message waits."""
    async with scene.work() as work:
        mine = select(Hl7Body).join(Hl7Message, Hl7Message.id == Hl7Body.message_id)
        (body,) = await work.every(
            mine.where(Hl7Message.msh10 == control_id), Permission.REVIEW_MESSAGES
        )
        return (await work.open([body], Hl7Body.note))[body.id] or ""


async def remarks_of(scene, control_id: str) -> str:
    found = await rows(
        scene.node, "SELECT remarks FROM hl7_message WHERE msh10 = :id", id=control_id
    )
    return " ".join(found[0][0])


async def message_of(scene, control_id: str):
    found = await rows(scene.node, "SELECT id FROM hl7_message WHERE msh10 = :id", id=control_id)
    return found[0][0]


async def only(scene, patient):
    """Give the one unconfirmed set that the nurse sees."""
    (found,) = (await bedside(scene, patient)).unconfirmed
    return found
