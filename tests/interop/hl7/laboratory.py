"""Laboratory: messages of a laboratory, and what of them stands in the record."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tests.interop.hl7.border import rows
from tests.interop.hl7.monitoring import MRN, stamp
from tests.labs.reports import results
from ward import clock

K, NA = "2823-3^Potassium^LN", "2951-2^Sodium^LN"
CREATININE, HB = "2160-0^Creatinine^LN", "718-7^Haemoglobin^LN"
DONE = ("done", None)


def obx(
    code: str,
    value: str,
    unit: str = "mmol/L^^UCUM",
    *,
    kind: str = "NM",
    interval: str = "",
    flags: str = "",
    status: str = "F",
    group: str = "",
    at: str = "",
) -> str:
    """Write one OBX; the number in front is put in later."""
    fields = [
        "OBX",
        "#",
        kind,
        code,
        group,
        value,
        unit,
        interval,
        flags,
        "",
        "",
        status,
        "",
        "",
        at,
    ]
    return "|".join(fields)


def obr(
    *,
    filler: str = "F-1^LAB",
    placer: str = "",
    battery: str = "UE^Urea and electrolytes^L",
    at: datetime | None = None,
    reported: datetime | None = None,
    section: str = "CH",
    status: str = "F",
) -> str:
    """Write one OBR."""
    at = at or clock.now() - timedelta(minutes=40)
    fields = {2: placer, 3: filler, 4: battery, 7: stamp(at)}
    fields |= {22: stamp(reported or clock.now()), 24: section, 25: status}
    return "|".join(["OBR", "#", *(fields.get(number, "") for number in range(2, 26))])


def message(
    control_id: str,
    *segments: str,
    mrn: str = MRN,
    name: str = "QUILLFEATHER^IDA",
    born: str = "19500304",
    end: str = "\r",
) -> bytes:
    """Write an ORU; without an OBR of its own it gets one."""
    at = stamp(clock.now())
    if not any(one.startswith("OBR") for one in segments):
        segments = (obr(), *segments)
    lines = [
        f"MSH|^~\\&|CITYLAB|NORTHSITE|WARD|NORTHSITE|{at}||ORU^R01|{control_id}|P|2.5.1",
        f"PID|1||{mrn}^^^NORTHSITE^MR||{name}||{born}|F",
    ]
    counts = {"OBR": 0, "OBX": 0, "NTE": 0}
    for segment in segments:
        counts[segment[:3]] = counts.get(segment[:3], 0) + 1
        lines.append(segment.replace("|#|", f"|{counts[segment[:3]]}|", 1))
    return "".join(f"{line}{end}" for line in lines).encode()


async def shown(scene) -> dict[str, tuple[str, int]]:
    """Tell value and rank of each standing result by its name."""
    found = await results(scene)
    return {
        detail.name: (f"{detail.comparator}{detail.value}", row.rank)
        for row, detail in found
        if row.replaced_at is None
    }


async def counted(scene) -> Sequence[int]:
    """Count all that a message of results could make more of."""
    tables = (
        "patient",
        "diagnostic_report",
        "lab_result",
        "hl7_message",
        "hl7_unmatched",
        "observation_set",
        "encounter",
        "stay",
        "medication_request",
        "alert",
    )
    return [(await rows(scene.node, f"SELECT count(*) FROM {one}"))[0][0] for one in tables]


async def unmatched(scene) -> list[tuple[int, str | None]]:
    """Tell how grave each message is that waits for its patient, and what was decided."""
    found = await rows(scene.node, "SELECT worst, decision FROM hl7_unmatched ORDER BY since")
    return [tuple(row) for row in found]
