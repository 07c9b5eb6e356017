"""Printing: a specimen's label with its code, and the cumulative results as paper."""

from uuid import UUID

from domain import display
from domain.access import Permission
from domain.errors import NotAllowed
from domain.lab_orders import SpecimenState
from ward import codes, paper
from ward.labs import chart
from ward.labs.grid import Row
from ward.labs.models import ServiceRequest, Specimen
from ward.labs.specimen_kinds import word
from ward.labs.views import ResultView
from ward.patients import banner
from ward.patients.models import Patient
from ward.patients.person import Person
from ward.work import Work

COLLECT = Permission.COLLECT_SPECIMEN
COLUMNS = 8  # what a page has room for
_LABELLED = frozenset({SpecimenState.WANTED, SpecimenState.COLLECTED})


async def label(work: Work, specimen_id: UUID) -> bytes:
    """Print the label of a specimen: who, what, when, and its number as a code."""
    specimen = await work.access(Specimen, specimen_id, COLLECT)
    if specimen.state not in _LABELLED:
        raise NotAllowed(
            f"This specimen is {specimen.state.word.lower()}. It needs no label.", "labs.label"
        )
    request = await work.access(ServiceRequest, specimen.request_id, COLLECT)
    patient, person = await banner.who(work, specimen.patient_id)
    zone = await banner.zone_of(work, patient)
    kind, number = _identified(person)
    taken = specimen.collected_at
    data = {
        "number": specimen.number,
        "order": request.number,
        "kind": word(specimen.kind),
        "urgency": request.urgency.word if request.urgency.value != "routine" else "",
        "name": person.shown,
        "born": person.born.words if person.born else "Not recorded",
        "label": kind,
        "id": number,
        "taken": display.instant(taken, zone) if taken else "",
    }
    stamp = paper.stamp(work, _identity(person), zone)
    code = {"specimen": codes.plain_matrix(specimen.number)}
    return await paper.pdf("specimen-label", data, stamp, code)


async def cumulative(work: Work, patient_id: UUID) -> bytes:
    """Print the newest collections as a table."""
    patient, person = await banner.who(work, patient_id)
    await work.access(Patient, patient_id, Permission.VIEW_LABS)
    zone = await banner.zone_of(work, patient)
    grid = await chart.cumulative(work, patient_id)
    shown = grid.columns[-COLUMNS:]
    if not shown:
        raise NotAllowed("There are no results to print.", "labs.print")
    data = {
        "columns": [display.instant(one.at, zone) for one in shown],
        "parts": [_part(part.name, part.rows) for part in grid.parts],
        "earlier": grid.earlier or len(grid.columns) > COLUMNS,
    }
    return await paper.pdf("results", data, paper.stamp(work, _identity(person), zone))


def _part(name: str, rows: tuple[Row, ...]) -> dict[str, object]:
    printed = [
        {
            "name": row.name,
            "unit": row.unit,
            "reference": row.reference,
            "cells": [_cell(one) for one in row.cells[-COLUMNS:]],
        }
        for row in rows
    ]
    return {"name": name, "rows": printed}


def _cell(one: ResultView | None) -> dict[str, str]:
    if one is None:
        return {"text": "", "flag": "", "note": ""}
    text = one.status if one.text is None else one.text
    note = one.status if one.text is not None else ""
    was = ", ".join(f"{old.text} {old.letters}".strip() for old in one.olds if not old.preliminary)
    if was:
        note = f"{note}, was {was}" if note else f"was {was}"
    return {"text": text, "flag": one.flag.letters, "note": note}


def _identified(person: Person) -> tuple[str, str]:
    return person.best_numbers[0].labelled if person.best_numbers else ("MRN", "Not recorded")


def _identity(person: Person) -> str:
    kind, number = _identified(person)
    born = person.born.words if person.born else "Not recorded"
    return f"{person.shown}  Born {born}  {kind} {number}"
