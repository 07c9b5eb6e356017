"""Bedside for tests: a nurse with a scanner at a bed, through the same doors as a tablet."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select

from domain import gs1, wristbands
from domain.access import Permission
from domain.formulary import Route, Unit
from domain.gs1 import Element
from tests.adt.scene import Scene
from tests.medications.scene import DOSES, doses_of, prescribed, verified
from tests.settling import settled
from tests.stations import Station
from ward.dev.cast import PASSWORD
from ward.medications.details import GivenDetail
from ward.medications.models import MedicationAdministration, MedicationRequest
from ward.medications.products import ProductSaid, add
from ward.wristbands.queries import band_of
from ward.wristbands.service import issue

VIEW = Permission.VIEW_MEDICATIONS
FORMS = {Route.ORAL: "tablet", Route.INTRAVENOUS: "vial", Route.SUBCUTANEOUS: "ampoule"}


def gtin(number: int) -> str:
    """A GTIN-14 of the tests, with its check digit."""
    digits = f"0950600013{number:03}"
    return f"{digits}{gs1.check_digit(digits)}"


def code(number: int = 1, *, expires: str = "491231", lot: str = "LOT42A") -> str:
    """What a scanner sends of a pack: GTIN, expiry, lot."""
    return gs1.encode([Element("01", gtin(number)), Element("17", expires), Element("10", lot)])


@dataclass
class Bedside:
    """A station at one patient's bed."""

    scene: Scene
    station: Station
    patient: UUID
    worn: str = ""  # what a scanner sends of the band
    packs: dict[str, int] = field(default_factory=dict)

    async def pack(
        self,
        generic: str,
        strength: str | None = None,
        *,
        route: Route = Route.ORAL,
        of: Unit | None = None,
    ) -> int:
        """Have the pharmacy know a pack; return its number."""
        if generic in self.packs:
            return self.packs[generic]
        dose, unit = DOSES.get(generic, ("10", Unit.MG))
        number = len(self.packs) + 1
        said = ProductSaid(
            gtin(number), generic, FORMS[route], Decimal(strength or dose), of or unit, (route,)
        )
        async with self.scene.work() as work:
            await add(work, said)
        self.packs[generic] = number
        return number

    async def order(self, generic: str = "amoxicillin", *args: Any, **said: Any):
        """A verified order whose first dose is due now, and that dose."""
        request = await prescribed(self.scene, self.patient, generic, *args, **said)
        await verified(self.scene, request.id)
        doses = await doses_of(self.scene, request.id)
        return request, doses[0][0] if doses else None

    async def band(self, at: str) -> httpx.Response:
        """Scan the wristband in an open sheet."""
        return await self.station.post(f"{at}/scan", code=self.worn)

    async def give(self, at: str, *, pack: str | None = None, **said: Any) -> httpx.Response:
        """Press the one button."""
        said.setdefault("revision", 1)
        return await self.station.post(f"{at}/give", pack=pack, **said)

    async def given(self, request: MedicationRequest, pack: int = 1, **said: Any) -> httpx.Response:
        """Do the whole way: wristband, pack, button, for the first dose of an order."""
        await settled(self.scene.node)  # an order that was complete is opened again
        dose = (await doses_of(self.scene, request.id))[0][0]
        await self.band(f"/doses/{dose.id}")
        return await self.give(f"/doses/{dose.id}", pack=code(pack), **said)

    async def sign(
        self, at: str, value: str, who: str = "charge", password: str = PASSWORD
    ) -> httpx.Response:
        """Have a second person sign on the same device."""
        return await self.station.post(
            f"{at}/witness", witness_name=who, witness_password=password, witness_value=value
        )

    async def sign_in_again(self) -> None:
        """Come back after the clock was moved: the session has idled away."""
        form = {"username": self.station.username, "password": PASSWORD}
        answer = await self.station.client.post("/login", data=form)
        assert answer.status_code == 303

    async def rows(self, *, voided: bool = False) -> list[MedicationAdministration]:
        """What was recorded for the patient, oldest first."""
        async with self.scene.work() as work:
            mine = select(MedicationAdministration).where(
                MedicationAdministration.patient_id == self.patient
            )
            if not voided:
                mine = mine.where(MedicationAdministration.voided_at.is_(None))
            return await work.every(mine.order_by(MedicationAdministration.id), VIEW)

    async def said(self) -> list[GivenDetail]:
        """What is sealed of these."""
        rows = await self.rows()
        async with self.scene.work() as work:
            opened = await work.open(rows, MedicationAdministration.detail)
        return [opened[row.id] for row in rows]


async def at_bed(scene: Scene, station: Station, patient: UUID) -> Bedside:
    """Stand at the bed of somebody who wears a band."""
    return Bedside(scene, station, patient, await banded(scene, patient))


async def banded(scene: Scene, patient: UUID) -> str:
    """What a scanner sends of the band that is valid; the first one is printed now."""
    async with scene.work() as work:
        known = await band_of(work, patient)
    if known.issue is None:
        async with scene.work() as work:
            await issue(work, patient)
        async with scene.work() as work:
            known = await band_of(work, patient)
    return gs1.encode(wristbands.elements(known.gsrn, int(known.issue)))


def token(answer: httpx.Response) -> str:
    """What a second person signed, as the sheet carries it."""
    return answer.text.partition('name="witness" value="')[2].partition('"')[0]


def local(at: datetime, zone: Any) -> str:
    """A time as the field of the form holds it."""
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
