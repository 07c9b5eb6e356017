"""Secret words in other patients' records and in the clinic's own: none ever reaches a patient."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import UUID

import pytest

from domain.access import Permission
from domain.appointment_codes import CancellationReason
from domain.clinic_hours import Why
from domain.spans import Span
from realtime.topics import Topic
from tests.portal.conftest import Own
from tests.portal.test_offers import made
from tests.scheduling.clinic import LONDON
from tests.scheduling.queue import Queue
from tests.stations import Screen, Sign
from ward import modules
from ward.db import new_id
from ward.patients.allergies import AllergySaid, record_allergy
from ward.patients.models import AllergyDetail, Condition, ConditionDetail
from ward.scheduling import cancel, hours
from ward.scheduling.details import AppointmentDetail, Wish
from ward.scheduling.models import Appointment
from ward.scheduling.reschedule import NewTime, reschedule

NAME, GIVEN = "Canaryname", "Canarygiven"
WORDS = {
    "name": NAME,
    "reason": "Canaryreason",
    "note": "Canarynote",
    "why": "Canarywhy",
    "called off": "Canarycalledoff",
    "away": "Canaryaway",
    "wish": "Canarywish",
    "allergy": "Canaryallergy",
    "diagnosis": "Canarydiagnosis",
}
OWN = {Permission.VIEW_OWN, Permission.ACT_OWN}
ROUTES = [one for one in modules.ROUTES if one.policy.permission in OWN]


class Sown:
    """The rows whose words are secret, and everything that reached the patient."""

    def __init__(self, own: Own) -> None:
        self.own, self.queue = own, Queue(own.clinic)
        self.said: dict[str, str] = {}
        self.rows: dict[str, Appointment] = {}
        self.other: UUID

    def heard(self, where: str, text: str) -> None:
        self.said[where] = self.said.get(where, "") + text

    def found(self) -> dict[str, list[str]]:
        """Name the secret words that came out, and where."""
        secret = [*WORDS.values(), GIVEN, str(self.other), str(self.rows["theirs"].id)]
        return {
            word: there
            for word in secret
            if (there := [at for at, text in self.said.items() if word.upper() in text.upper()])
        }


@pytest.fixture
async def sown(own: Own) -> Sown:
    sown, clinic = Sown(own), own.clinic
    sown.other = await clinic.scene.patient(NAME, GIVEN)
    detail = AppointmentDetail(reason=WORDS["reason"], note=WORDS["note"])
    at = clinic.at(9, days=3)
    sown.rows["own"] = await clinic.book(own.patient, at, detail=detail)
    sown.rows["second"] = await own.book(9, "Dr Müller", days=4, detail=detail)
    sown.rows["theirs"] = await clinic.book(sown.other, clinic.at(11, days=3), detail=detail)
    await clinic.book(sown.other, clinic.at(9, days=5), detail=detail)
    async with clinic.work() as work:
        await clinic_words(sown, work)
    gone = await clinic.book(own.patient, clinic.at(16, days=2), detail=detail)
    async with clinic.work() as work:
        reason = CancellationReason.PROVIDER
        await cancel.cancel(work, gone.id, reason, WORDS["called off"], seen=None)
    return sown


async def clinic_words(sown: Sown, work) -> None:
    """Write down what only the clinic reads."""
    own, clinic = sown.own, sown.own.clinic
    start = clinic.at(10, days=3)
    to = NewTime(
        start=start,
        wall=start.astimezone(LONDON).strftime("%Y-%m-%dT%H:%M"),
        resources=[clinic.resources["Dr Adeyemi"]],
        reason=WORDS["why"],
    )
    await reschedule(work, sown.rows["own"].id, to, seen=None)
    away = Span(clinic.at(8, days=6), clinic.at(18, days=6))
    await hours.close(
        work, clinic.ward, clinic.resources["Dr Adeyemi"], away, why=Why.SICK, note=WORDS["away"]
    )
    said = AllergySaid(detail=AllergyDetail(WORDS["allergy"]))
    await record_allergy(work, own.patient, said)
    row = Condition(id=new_id(), patient_id=own.patient, recorded_at=work.now)
    await work.seal(row, detail=ConditionDetail(WORDS["diagnosis"]))
    work.add(row, Permission.RECORD_CONDITION)


@pytest.fixture
async def frames(sown: Sown) -> AsyncIterator[dict[str, Screen]]:
    """The patient's screens, which hear of all that happens meanwhile."""
    topics = {"own": sown.own.patient, "free": sown.own.clinic.ward}
    async with AsyncExitStack() as stack:
        watched = {}
        for kind, key in topics.items():
            screen = await stack.enter_async_context(sown.own.station.watch(Topic(kind, key)))
            sown.heard(f"frame {kind}", screen.first.content)
            watched[kind] = screen
        yield watched


async def walk(sown: Sown, row: Appointment, offer: str) -> None:
    """Open and press everything that a patient could, with these ids."""
    for route in ROUTES:
        path = route.path.replace("{appointment_id:uuid}", str(row.id))
        path = path.replace("{offer_id:uuid}", offer).replace("{feed_id:uuid}", str(new_id()))
        if "POST" not in (route.methods or ()):
            for htmx in ({}, {"hx-request": "true"}):
                answer = await sown.own.station.client.get(path, headers=htmx)
                assert answer.status_code < 500, path
                sown.heard(f"GET {route.path}", answer.text)
            continue
        for fields in ({}, await filled(sown, row)):
            answer = await sown.own.station.post(path, htmx=False, **fields)
            assert answer.status_code < 500, path
            sown.heard(f"POST {route.path}", answer.text)
            for feed in re.findall(r'value="(http[^"]+/feeds/[^"]+)"', answer.text):
                sown.heard("feed", (await sown.own.station.client.get(feed)).text)


async def filled(sown: Sown, row: Appointment) -> dict[str, object]:
    """Fill in every form, with a time that somebody else has."""
    taken, who = sown.rows["theirs"].starts_at, sown.own.clinic.resources["Dr Adeyemi"]
    return {
        "version": await sown.own.version(row),
        "why": "time",
        "pick": f"{taken.isoformat()}/{who}",
        "hold_id": new_id(),
        "label": "Phone",
    }


async def test_no_secret_word_comes_out_on_any_way(
    sown: Sown, frames: dict[str, Screen], sign: Sign
) -> None:
    wish = Wish(note=WORDS["wish"])
    for one in (sown.own.patient, sown.other):
        await sown.queue.wait(one, wish=wish)
    freed = await sown.own.clinic.book(sown.other, sown.own.clinic.at(14, days=3))
    await sown.queue.call_off(freed)
    offered = await made(sown.queue, sown.own.patient)
    for row in sown.rows.values():
        await walk(sown, row, str(offered.id))
    await sown.own.book(15, days=4)
    for kind, screen in frames.items():
        sown.heard(f"frame {kind}", (await screen.next()).content)
    for path in ("/account", "/account/access", "/account/sign-in"):
        sown.heard(path, (await sown.own.station.get(path)).text)
    assert sown.found() == {}
    gets = [at for at in sown.said if at.startswith("GET")]
    assert len(gets) + sum(at.startswith("POST") for at in sown.said) == len(ROUTES)


async def test_the_scanner_finds_the_words_where_they_belong(sown: Sown, sign: Sign) -> None:
    """Who may read them does: else nothing would be proved by not finding them."""
    desk, doctor = await sign("reception"), await sign("doctor")
    rows, ward = sown.rows, sown.own.clinic.ward
    day = (sown.own.clinic.day(6)).isoformat()
    for station, path in (
        (desk, f"/appointments/{rows['theirs'].id}"),
        (desk, f"/appointments/{rows['own'].id}"),
        (doctor, f"/patients/{sown.own.patient}"),
        (desk, f"/clinics/{ward}/hours?day={day}"),
    ):
        sown.heard(path, (await station.get(path)).text)
    assert {WORDS[one] for one in ("reason", "why", "name", "diagnosis")} <= set(sown.found())
    assert str(rows["theirs"].id) in sown.found()


async def test_another_patients_appointment_is_refused_on_every_way(sown: Sown) -> None:
    theirs = sown.rows["theirs"]
    for route in ROUTES:
        if "{appointment_id:uuid}" not in route.path:
            continue
        path = route.path.replace("{appointment_id:uuid}", str(theirs.id))
        if "POST" in (route.methods or ()):
            fields = await filled(sown, theirs)
            answer = await sown.own.station.post(path, htmx=False, **fields)
        else:
            answer = await sown.own.station.get(path)
        assert answer.status_code == 403, route.path
    now = await sown.own.clinic.of(theirs)
    assert (now.version, now.starts_at) == (theirs.version, theirs.starts_at)


async def test_the_desk_reads_that_the_patient_did_it(sown: Sown, sign: Sign) -> None:
    row, desk = sown.rows["second"], await sign("reception")
    way = f"/me/appointments/{row.id}/confirm"
    assert (await sown.own.station.post(way, version=row.version)).status_code == 204
    assert "Confirmed" in (await desk.get(f"/appointments/{row.id}")).text
    who = "SELECT actor_id FROM appointment_history WHERE step = 'confirmed'"
    user = "SELECT id FROM app_user WHERE username = 'patient'"
    assert await sown.own.clinic.scene.scalar(who) == await sown.own.clinic.scene.scalar(user)
