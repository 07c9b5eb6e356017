"""Laboratory: `ward laboratory …`: what the demo's loopback laboratory sends on request."""

import asyncio
from typing import Annotated

import typer
from sqlalchemy import select

from domain.access import D0, D1, Permission
from domain.errors import NotAllowed
from ward import clock
from ward.adt.models import Stay
from ward.beds.models import Bed
from ward.cli import Json, app, console
from ward.commands.operator import carry_out
from ward.config import Env, settings
from ward.errors import Missing
from ward.patients.intake import person_of
from ward.patients.models import Patient
from ward.places.finding import find_ward
from ward.security.actors import System
from ward.work import Work

laboratory = typer.Typer(help="The demo's laboratory.", no_args_is_help=True)
app.add_typer(laboratory, name="laboratory")
_READER = System("job:laboratory", frozenset())


@laboratory.command("critical")
def critical(
    bed: Annotated[str, typer.Argument(help="The bed, as its label says: 04.")],
    ward: Annotated[str, typer.Option(help="The ward.")] = "Six East",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Send a potassium of 6.9 for whoever lies in a bed; never in a production."""
    from ward.dev.simulator.laboratory import critical_potassium, send

    del json
    choice = settings()
    if choice.env is Env.PRODUCTION:
        raise NotAllowed("A production invents no results.")

    async def number(work: Work) -> str:
        return await _number(work, ward, bed)

    mrn = carry_out("cli.laboratory_critical", number)
    if not asyncio.run(send(choice.hl7_port, critical_potassium(mrn, clock.now()))):
        raise NotAllowed(f"Nobody takes messages on port {choice.hl7_port}. Is Ward running?")
    console.say(f"Sent a potassium of 6.9 for {ward}, bed {bed}.", bed=bed, ward=ward)


async def _number(work: Work, ward: str, bed: str) -> str:
    """Find the record number of whoever lies there, as the label on a tube has it."""
    place = await find_ward(work, ward, None)
    eyes = work.watched(_READER, frozenset({D0, D1}))
    lying = (
        select(Stay)
        .join(Bed, Bed.id == Stay.bed_id)
        .where(Bed.ward_id == place.id, Bed.label == bed)
        .where(Stay.ended_at.is_(None), Stay.voided_at.is_(None))
    )
    stays = await eyes.every(lying, Permission.VIEW_STAYS)
    if not stays:
        raise Missing(f"Nobody lies in bed {bed} of {ward}.")
    patient = await eyes.access(Patient, stays[0].patient_id, Permission.VIEW_PATIENT)
    work.shown([patient.id], [D1])
    return (await person_of(eyes, patient)).mrn or ""
