"""Live: the console of a ward, the bell in the top bar, and the alerts of a patient."""

from uuid import UUID

from domain import alerts as rules
from domain.access import D0, D1, D3, Permission
from domain.alerts import AlertState, Tier
from ward import live
from ward.alerts import queries
from ward.alerts.models import Alert
from ward.alerts.queries import AlertCard
from ward.live import Region, Screen
from ward.patients.banner import who, zone_of
from ward.patients.models import Patient
from ward.patients.queries import names_of
from ward.places.models import Ward
from ward.projections import projection
from ward.render import offered
from ward.work import Work

VIEW = Permission.VIEW_ALERTS
FULL = {"full": {D0, D1, D3}}
LATEST = 30  # of those that ended today; the rest is counted

offered(rules.may_be)


@projection(D3)
class Head:
    """How many alerts stand in one part of a console."""

    ward_id: UUID
    part: str
    count: int
    showing: int


@projection(D3)
class Ring:
    """What the bell says of one alert that shouts: whom it calls, once for each call."""

    id: UUID
    nth: int
    bed: str
    cause: str
    called: str
    for_users: tuple[UUID, ...]


@projection(D3)
class Bell:
    """How many alerts of a ward need somebody, and those that must be heard."""

    ward_id: UUID
    count: int
    rings: tuple[Ring, ...]


@live.screen("alerts", VIEW, of=Ward, views=FULL)
async def console(work: Work, ward_id: UUID) -> Screen:
    """Draw what stands on a ward, who has it, and what ended today."""
    ward, zone = await queries.zone_of(work, ward_id)
    standing = await queries.standing_on(work, ward_id)
    ended = await queries.ended_since(work, ward_id, queries.midnight(work.now, zone))
    shown = [*standing, *ended[:LATEST]]
    drawn = await queries.cards(work, shown)
    people = await queries.named(work, shown, zone)
    regions = [
        Region(
            f"alert-{row.id}",
            "alerts/_alert.html" if row.closed_at is None else "alerts/_ended.html",
            {"alert": drawn[row.id], "person": people.get(row.patient_id)},
            (row.patient_id,),
            slot="regions" if row.closed_at is None else "ended",
        )
        for row in shown
    ]
    heads = _heads(ward_id, standing, len(ended))
    context = {"ward_id": ward_id, "ward": ward.label, "any_ended": bool(ended)}
    return Screen("alerts/_console.html", context, [*heads, *regions], zone=str(zone))


def _heads(ward_id: UUID, standing: list[Alert], ended: int) -> list[Region]:
    needs = sum(row.state is AlertState.OPEN for row in standing)
    counts = {"needs": needs, "owned": len(standing) - needs, "ended": ended}
    return [
        Region(
            f"head-{part}-{ward_id}",
            "alerts/_head.html",
            {"head": Head(ward_id, part, count, min(count, LATEST))},
            slot=f"head_{part}",
        )
        for part, count in counts.items()
    ]


@live.screen("bell", VIEW, of=Ward, views=FULL)
async def bell(work: Work, ward_id: UUID) -> Screen:
    """Draw the count of a ward's alerts that nobody has, and those that must be heard."""
    _, zone = await queries.zone_of(work, ward_id)
    needs = [
        row for row in await queries.standing_on(work, ward_id) if row.state is AlertState.OPEN
    ]
    loud = [row for row in needs if row.tier == Tier.NOW]
    drawn = await queries.cards(work, loud)
    rings = tuple(_ring(drawn[row.id], row.step) for row in loud)
    region = Region(
        f"ring-{ward_id}",
        "alerts/_bell.html",
        {"bell": Bell(ward_id, len(needs), rings)},
        tuple(row.patient_id for row in loud),
    )
    return Screen("alerts/_bells.html", {}, [region], zone=str(zone))


def _ring(card: AlertCard, nth: int) -> Ring:
    return Ring(card.id, nth, card.bed, card.cause.word, card.called.word, card.for_users)


@live.screen("calls", VIEW, of=Patient, views=FULL)
async def calls(work: Work, patient_id: UUID) -> Screen:
    """Draw the alerts of a patient with all that happened to each."""
    patient, _ = await who(work, patient_id)
    zone = await zone_of(work, patient)
    stories = await queries.stories_of(work, patient_id)
    regions = [
        Region(f"call-{story.alert.id}", "alerts/_call.html", {"story": story}, (patient_id,))
        for story in stories.items
    ]
    named = (await names_of(work, [patient_id], zone)).get(patient_id)
    context = {"patient_id": patient_id, "person": named}
    return Screen("alerts/_calls.html", context, regions, zone=str(zone))
