"""Charts: records of doses as the bedside writes them, for tests of what is shown."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from domain.access import Permission
from domain.doses import Status
from domain.formulary import Route, Unit
from domain.windows import Timing
from realtime.topics import Topic
from ward import clock
from ward.db import new_id
from ward.medications import chart
from ward.medications.chart import Chart, LineView
from ward.medications.details import GivenAmount, GivenDetail
from ward.medications.events import DoseGiven
from ward.medications.models import (
    MedicationAdministration,
    MedicationRequest,
    ScheduledDose,
)

VIEW = Permission.VIEW_MEDICATIONS


def topic(patient: UUID) -> Topic:
    return Topic("medications", patient)


async def charted(scene, patient: UUID, day=None) -> Chart:
    """Read the chart."""
    async with scene.work() as work:
        return await chart.chart(work, patient, day)


async def line_of(scene, patient: UUID, request_id: UUID) -> LineView:
    found = await charted(scene, patient)
    return next(line for line in found.lines if line.id == request_id)


async def recorded(
    scene,
    request_id: UUID,
    *,
    at: datetime,
    dose_id: UUID | None = None,
    status: Status = Status.GIVEN,
    timing: Timing | None = Timing.ON_TIME,
    by: UUID | None = None,
    said: GivenDetail | None = None,
) -> UUID:
    """Put a record of a dose into the chart as the bedside would; no rule is asked."""
    async with scene.work() as work:
        request = await work.access(MedicationRequest, request_id, VIEW)
        row = MedicationAdministration(
            id=new_id(), patient_id=request.patient_id, encounter_id=request.encounter_id,
            request_id=request_id, dose_id=dose_id, status=status, timing=timing, occurred_at=at,
            recorded_at=work.now, recorded_by=by, recorded_as="nurse",
        )  # fmt: skip
        amount = GivenAmount(Decimal(500), Unit.MG) if status is not Status.NOT_GIVEN else None
        shown = said or GivenDetail(amount=amount, route=Route.ORAL)
        await work.seal(row, detail=shown)
        work.add(row, Permission.GIVE_MEDICATION)
        if dose_id is not None:
            dose = await work.access(ScheduledDose, dose_id, VIEW, lock=True)
            dose.status = status
        fact = DoseGiven(request.patient_id, scene.east, request_id, dose_id, row.id)
        work.record(fact)
        return row.id


async def awake(station, at: datetime) -> None:
    """Move the clock to an instant while somebody goes on working: the session does not end."""
    step = timedelta(minutes=5)
    while clock.now() + step < at:
        clock.shift(clock.offset() + step)
        await station.post("/session/activity")
    clock.shift(at - (clock.now() - clock.offset()))
