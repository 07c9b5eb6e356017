"""Bedsides: what nurses have charted before somebody looks."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from domain.access import Permission
from domain.oxygen import Device
from domain.vitals import Acvpu, Vital
from ward import clock
from ward.node import Node
from ward.security.actors import System
from ward.vitals.monitors import report
from ward.vitals.observe import observe
from ward.vitals.said import Said
from ward.work import work_as

NURSE = System("job:test", frozenset(Permission))
#: Of the picture: hours before now, respirations, SpO2, litres, systolic, diastolic, pulse, temp.
DAY = """
24   16 97 0 130 76 76 36.8
20   17 96 0 128 76 78 36.9
16   17 96 0 129 76 80 37.1
12   18 96 0 127 74 74 37.0
8    17 97 0 126 73 72 36.9
5.5  18 96 0 128 75 78 37.0
3    19 95 0 126 72 82 37.1
0.4  21 94 2 128 74 88 37.2
"""


def of_row(row: str, now: datetime) -> Said:
    """Say a set as one line of a table tells it."""
    hours, *numbers = row.split()
    rate, spo2, litres, systolic, diastolic, pulse, temp = (Decimal(one) for one in numbers)
    values = {
        Vital.RESP_RATE: rate,
        Vital.SPO2: spo2,
        Vital.SBP: systolic,
        Vital.DBP: diastolic,
        Vital.PULSE: pulse,
        Vital.TEMP: temp,
    }
    return Said(
        taken_at=now - timedelta(hours=float(hours)),
        values=values | ({Vital.O2_FLOW: litres} if litres else {}),
        consciousness=Acvpu.ALERT,
        device=Device.NASAL_CANNULA if litres else Device.AIR,
        sure=frozenset(values),
    )


async def chart(node: Node, patient_id: UUID, rows: str = DAY) -> list[UUID]:
    """Chart a table of sets, and give their ids."""
    made = []
    for row in rows.strip().splitlines():
        async with work_as(node, NURSE, "test.chart") as work:
            said = of_row(row, clock.now())
            made.append((await observe(work, patient_id, said, seen=None)).id)
    return made


async def monitor(node: Node, patient_id: UUID, row: str = "0 22 93 0 131 77 91 37.3") -> UUID:
    """Have a monitor send values that nobody has confirmed."""
    said = of_row(row, clock.now())
    numbers = {vital: value for vital, value in said.values.items() if vital is not Vital.TEMP}
    async with work_as(node, NURSE, "test.monitor") as work:
        sent = Said(taken_at=said.taken_at, values=numbers)
        return (await report(work, patient_id, sent, "Bedside 06")).id
