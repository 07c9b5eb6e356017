"""Samples: the row that stands for each parameter of a path, on either side."""

import re
from uuid import UUID

from sqlalchemy import text

from tests.contracts.matrix.door import nobody
from tests.contracts.matrix.hospital import MEDICINE, RECEIVER, WALL_TOKEN
from ward.node import Node

#: Where a parameter begins and its name: the table whose first row of the patient, or of her ward
#: or clinic, is tried. A parameter that is not here is tried with an id that no row has.
TABLES = {
    "/administrations/{administration_id": "medication_administration",
    "/alerts/{alert_id": "alert",
    "/allergies/{allergy_id": "allergy",
    "/appointments/{appointment_id": "appointment",
    "/beds/{bed_id": "bed",
    "/rooms/{room_id": "room",
    "/break-glass/{case_id": "break_glass",
    "/closures/{closure_id": "closure",
    "/doses/{dose_id": "scheduled_dose",
    "/duties/{duty_id": "duty",
    "/flags/{flag_id": "standing_flag",
    "/fluids/{entry_id": "fluid_entry",
    "/holds/{hold_id": "hold",
    "/home-medicines/{medicine_id": "home_medicine",
    "/hours/{hours_id": "clinic_hours",
    "/infant-links/{link_id": "infant_link",
    "/labs/orders/{request_id": "service_request",
    "/labs/reports/{report_id": "diagnostic_report",
    "/labs/results/{result_id": "lab_result",
    "/labs/specimens/{specimen_id": "specimen",
    "/missing-doses/{missing_id": "missing_dose",
    "/moves/{move_id": "move_request",
    "/observations/{set_id": "observation_set",
    "/orders/{request_id": "medication_request",
    "/pharmacy-questions/{question_id": "pharmacy_question",
    "/prescriptions/{prescription_id": "prescription",
    "/summaries/{summary_id": "discharge_summary",
    "/tasks/{task_id": "nursing_task",
    "/tickets/{ticket_id": "ticket",
    "/columns/{column_id": "resource",
    "/resuscitation/{decision_id": "resuscitation_decision",
    "/series/{series_id": "appointment_series",
    "/visits/{visit_id": "visit_type",
    "/waitlist/{entry_id": "waitlist_entry",
    "{change": "medication_change",  # in fields alone
    "{resource": "resource",
}
#: The same where the whole path decides, or where it is one for both sides.
WORDS = {
    "/formulary/{name": MEDICINE,
    "/hl7/receivers/{name": RECEIVER,
    "/wall/{token": WALL_TOKEN,
    "{stage": "admission",
    "{kind": "given",
    "{rule": "renal-dose",
}
ROWS = {
    "/hl7/codes/{id": "SELECT id FROM hl7_code LIMIT 1",
    "/hl7/receivers/pictures/{id": "SELECT id FROM hl7_picture LIMIT 1",
    "/hl7/messages/{id": "SELECT id FROM hl7_message LIMIT 1",
    "/admin/devices/{named": "SELECT id FROM device ORDER BY id LIMIT 1",
    "/admin/users/{user": "SELECT id FROM app_user WHERE username = 'zqten'",
    "/audit/events/{event_id": "SELECT id FROM audit_event WHERE code LIKE 'test.zqd%'"
    " ORDER BY at, id LIMIT 1",
}
#: Where not any row of the patient will do: the stay that goes on, what is signed of one before.
OF_HER = {
    "/stays/{encounter_id": """
        SELECT id FROM encounter WHERE patient_id = :patient AND status = 'in-progress'
    """,
    "/me/summaries/{summary_id": """
        SELECT s.id FROM discharge_summary s JOIN encounter e ON e.id = s.encounter_id
        WHERE s.patient_id = :patient AND e.status = 'finished'
    """,
}
_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")


class Samples:
    """The rows of one side, by where a parameter begins."""

    def __init__(self, rows: dict[str, UUID | str]) -> None:
        self.rows = rows

    def path(self, route: str, *, strange: bool = False) -> str:
        """Fill the parameters of a route in; `strange`: with ids that no row has."""

        def fill(found: re.Match[str]) -> str:
            name = found[1]
            before = route[: found.start()] + "{" + name
            wanted = [self.rows[key] for key in sorted(self.rows, key=len) if before.endswith(key)]
            wanted.reverse()
            if wanted and not (strange and isinstance(wanted[0], UUID)):
                return str(wanted[0])
            return nobody()

        return _PARAMETER.sub(fill, route)

    def lacks(self, route: str) -> bool:
        """Say whether a parameter of a route has no row here."""
        begins = (route[: found.start()] + "{" + found[1] for found in _PARAMETER.finditer(route))
        return not all(any(one.endswith(key) for key in self.rows) for one in begins)

    def named(self, name: str) -> str:
        """Give a row by the name of its parameter."""
        return next(str(row) for key, row in self.rows.items() if key.endswith("{" + name))

    def place(self, *, clinic: bool) -> str:
        """Give the ward of this side, or its clinic."""
        return str(self.rows["/clinics/{ward_id" if clinic else "{ward_id"])


async def samples(node: Node, side: str) -> Samples:
    """Look the rows of one side up."""
    ward = {"near": "Six East", "far": "Harbour"}[side]
    clinic = {"near": "Outpatients", "far": "Day clinic"}[side]
    rows: dict[str, UUID | str] = dict(WORDS)
    async with node.aside.connect() as connection:

        async def one(sql: str, **given: object) -> UUID | None:
            return (await connection.execute(text(sql), given)).scalars().first()

        here = await one("SELECT id FROM ward WHERE label = :label", label=ward)
        there = await one("SELECT id FROM ward WHERE label = :label", label=clinic)
        patient = await one("SELECT id FROM patient WHERE ward_id = :ward", ward=here)
        found: dict[str, UUID | None] = {
            "{patient_id": patient,
            "/clinics/{ward_id": there,
            "{ward_id": here,
        }
        found["{branch"] = await one("SELECT branch_id FROM ward WHERE id = :ward", ward=here)
        person = {"near": "nurse", "far": "near-nurse"}[side]
        found["{person"] = await one("SELECT id FROM app_user WHERE username = :p", p=person)
        for begins, sql in ROWS.items():
            found[begins] = await one(sql)
        columns = await connection.execute(text(_COLUMNS))
        hangs_on = {row[0]: row[1] for row in columns}
        for begins, table in TABLES.items():
            column = hangs_on[table]
            places = [patient] if column == "patient_id" else [here, there]
            found[begins] = await one(
                f"SELECT id FROM {table} WHERE {column} = ANY(:places) ORDER BY id LIMIT 1",
                places=places,
            )
        for begins, sql in OF_HER.items():
            found[begins] = await one(sql, patient=patient)
    return Samples(rows | {begins: key for begins, key in found.items() if key is not None})


_COLUMNS = """
SELECT table_name, min(column_name) FROM information_schema.columns
WHERE column_name IN ('patient_id', 'ward_id') GROUP BY table_name
"""
