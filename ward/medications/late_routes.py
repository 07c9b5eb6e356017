"""Late doors: what was given of an order that has ended, and is still to be written down."""

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D3, D4, Permission
from domain.orders import OrderKind
from ward.medications import afterwards, held
from ward.medications import line as orders
from ward.medications.chart_cells import written
from ward.medications.models import ScheduledDose
from ward.patients import banner
from ward.web import get, sheet
from ward.work import work_of

_MAY = Permission.GIVE_MEDICATION


async def late(request: Request) -> Response:
    """Draw the doses that were due before an order ended, each with its two doors."""
    key = request.path_params["request_id"]
    async with work_of(request) as work:
        found = await orders.line(work, key, _MAY)
        ended = found.request
        patient, person = await banner.who(work, ended.patient_id)
        zone = await held.zone_of_stay(work, patient, ended.encounter_id, _MAY)
        doses = await afterwards.untouched(work, ended)
        amounts = await work.open(doses, ScheduledDose.amount)
        return sheet(
            request,
            "medications/_late.html",
            title="Given before it ended",
            request_id=key,
            **await banner.head(work, patient, person),
            words=found.words,
            ended_at=ended.ended_at,
            writable=afterwards.written_late(ended, work.now),
            as_required=found.detail.kind is OrderKind.AS_REQUIRED,
            doses=[(one.id, one.due_at, written(amounts[one.id])) for one in doses],
            zone=str(zone),
        )


routes = [get("/orders/{request_id:uuid}/late", late, _MAY, shows={D0, D1, D3, D4})]
