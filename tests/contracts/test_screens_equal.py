"""Screens: what is pushed, answered and fetched is the same bytes, in every view."""

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.access import Permission
from domain.alerts import Cause
from domain.allergies import Criticality
from domain.beds import BedStatus
from domain.cancellations import CancelReason
from domain.card_rows import CardRow
from domain.decisions import Override, Reason
from domain.duty import DutyRole
from domain.encounters import Disposition
from domain.errors import NotAllowed
from domain.lab_orders import Urgency
from tests.adt.leaving import leaves, settle
from tests.adt.scene import Scene
from tests.containers import element, partials
from tests.labs.reports import report
from tests.medications.scene import detailed, ordered
from tests.stations import Running, Sign, Station, ids
from tests.watchers import Watcher, watching
from ward import live, render
from ward.adt.admit import admit
from ward.adt.cancel_discharge import cancel_discharge
from ward.adt.cancel_transfer import cancel_transfer
from ward.adt.discharge import gone
from ward.adt.isolate import isolate
from ward.adt.models import Precaution
from ward.adt.swap import swap
from ward.adt.transfer import transfer
from ward.alerts.sound import sound
from ward.beds.look import set_card
from ward.beds.reserve import reserve
from ward.beds.service import change_status
from ward.db import new_id
from ward.duty.give import give_beds
from ward.duty.service import begin
from ward.labs.details import LabOrder
from ward.labs.order import order as ask_laboratory
from ward.labs.release import release
from ward.medications.prescribe import prescribe
from ward.node import Pictures
from ward.patients.allergies import AllergySaid, record_allergy
from ward.patients.models import AllergyDetail, Condition, ConditionDetail
from ward.places.models import Branch
from ward.tasks.assign import TaskSaid, assign
from ward.users.service import hang_wall

STEPS, PAUSE, LOOK = 60, 12, 4
BOARDS = ("beds full", "beds desk", "beds brief", "beds wall", "wards house")
OWN = {"own own", "free mark"}  # of a patient who is signed in: tests/portal/test_own.py
NOBODYS = {"chart office"}  # billing: nothing explains a patient to them yet
BY_SOCKET = {"bell full", "held desk"}  # no page draws them: test_bell.py, test_lab_unmatched.py
#: One's own strip, and bells: no page draws them whole. Lists: tests/breakglass/test_review.py.
GLASS = {"glass mine", "toldbell charge", "told charge", "glassbell office", "glasses office"}
#: They are of a clinic: test_calendar.py, tests/arrivals/test_pages.py; a series: test_series.py.
BY_DAY = {"calendar full", "calendar brief", "queue full", "tickets full", "tickets wall"}
BY_DAY |= {"series full", "waitlist full"}  # and the waiting list: test_waitlist.py
BY_DAY |= {"clinic full", "hours full", "conflicts full"}  # test_setup.py
BY_DAY |= {"letters full"}  # numbers of a branch: tests/reminders/test_page.py
MEDICINE = "metoprolol"
#: Nobody has asked Ida about allergies.
UNKNOWN_ALLERGIES = (Override("allergy-state", Reason.EMERGENCY, about=(MEDICINE,)),)
NAME, SUBSTANCE, DIAGNOSIS = "Canaryfamily", "Canaryallergen", "Canarydiagnosis"


@dataclass
class Screens:
    """A watcher for each view of each screen."""

    scene: Scene
    by_view: dict[str, Watcher]
    node: object

    async def equal(self) -> None:
        """Compare every open page with a fresh one that nothing was kept for."""
        for watcher in self.by_view.values():
            self.node.pictures = Pictures()
            getattr(render, "_REMEMBERED", {}).clear()
            await watcher.settled()


@pytest.fixture
async def screens(open_ward: Scene, ward: Running, sign: Sign) -> AsyncIterator[Screens]:
    async with AsyncExitStack() as stack:
        yield await _open(open_ward, ward, sign, stack)


async def _open(scene: Scene, ward: Running, sign: Sign, stack: AsyncExitStack) -> Screens:
    ida = await scene.patient(NAME, "Ida")
    async with scene.work() as work:
        await admit(work, ida, scene.beds["6E-01"])
        alert = await sound(work, ida, Cause.NEWS_RISE, "NEWS2 1 to 3 within 24 h.")
        branches = await work.every(select(Branch), Permission.VIEW_BEDS)
        branch = next(one.id for one in branches if one.label == "Northsite")
        token = await hang_wall(work, "Corridor", branch, scene.east)
        nurses = await ids(scene.node, "app_user", "username")
        until = work.now + timedelta(hours=12)
        await begin(work, scene.east, nurses["nurse"], DutyRole.NURSE, until)
        await give_beds(work, scene.east, [scene.beds["6E-01"]], nurses["nurse"])
        await assign(work, ida, TaskSaid(what="Weigh", due_at=work.now + timedelta(minutes=5)))
        order = replace(ordered(detailed(MEDICINE), work.now), overrides=UNKNOWN_ALLERGIES)
        await prescribe(work, ida, [order])
        await ask_laboratory(work, ida, LabOrder(("U&E",)), Urgency.ROUTINE, work.now)
        await release(work, report(ida))
    plans = _plans(scene, ida, alert.id, branch, token)
    return Screens(scene, await _watch(plans, sign, stack), ward.node)


Plans = dict[str, tuple[str, str, str, str | None]]


def _plans(scene: Scene, ida: UUID, alert: UUID, branch: UUID, token: str) -> Plans:
    """Say for each view of each screen who opens which page, and its topic."""
    east, west = f"/wards/{scene.east}/beds", f"/wards/{scene.west}/beds"
    here, there, chart = f"beds/{scene.east}", f"beds/{scene.west}", f"chart/{ida}"
    obs, worklist = f"observations/{ida}", f"/wards/{scene.east}/specimens"
    return {
        "beds full": ("nurse", east, here, None),
        "beds desk": ("reception", east, here, None),
        "beds brief": ("nurse", west, there, None),
        "beds wall": ("nurse", f"/wall/{token}", here, token),
        "chart full": ("doctor", f"/patients/{ida}", chart, None),
        "chart ward": ("nurse", f"/patients/{ida}", chart, None),
        "chart desk": ("reception", f"/patients/{ida}", chart, None),
        "observations full": ("nurse", f"/patients/{ida}/observations", obs, None),
        "medications full": ("nurse", f"/patients/{ida}/medications", f"medications/{ida}", None),
        "chart lab": ("lab", f"/patients/{ida}", chart, None),
        "labs full": ("doctor", f"/patients/{ida}/results", f"labs/{ida}", None),
        "labs lab": ("lab", f"/patients/{ida}/results", f"labs/{ida}", None),
        "results full": ("doctor", "/results", f"results/{scene.east}", None),
        "results lab": ("lab", "/results", f"results/{scene.east}", None),
        "specimens full": ("nurse", worklist, f"specimens/{scene.east}", None),
        "specimens lab": ("lab", "/specimens", f"specimens/{scene.east}", None),
        "pharmacy full": ("pharmacist", "/pharmacy", f"pharmacy/{scene.east}", None),
        "care full": ("nurse", f"/wards/{scene.east}/care", f"care/{scene.east}", None),
        "alerts full": ("nurse", f"/wards/{scene.east}/alerts", f"alerts/{scene.east}", None),
        "calls full": ("doctor", f"/alerts/{alert}", f"calls/{ida}", None),
        "tasks full": ("nurse", "/tasks", f"tasks/{scene.east}", None),
        "duty care": ("nurse", f"/wards/{scene.east}/duty", f"duty/{scene.east}", None),
        "duty desk": ("reception", f"/wards/{scene.east}/duty", f"duty/{scene.east}", None),
        "wards house": ("doctor", "/wards", f"wards/{branch}", None),
        "place house": ("admin", f"/admin/places/wards/{scene.east}", f"place/{scene.east}", None),
        "places house": ("admin", "/admin/places", f"places/{branch}", None),
        "devices house": ("admin", "/admin/devices", f"devices/{branch}", None),
        "messages desk": ("admin", "/hl7", f"messages/{branch}", None),
        "outbound desk": ("admin", "/hl7/outbound", f"outbound/{branch}", None),
        "receivers desk": ("admin", "/hl7/receivers", f"receivers/{branch}", None),
        "unmatched desk": ("lab", "/results/unmatched", f"unmatched/{branch}", None),
    }


async def _watch(plans: Plans, sign: Sign, stack: AsyncExitStack) -> dict[str, Watcher]:
    stations: dict[str, Station] = {}
    by_view: dict[str, Watcher] = {}
    for name, (who, path, topic, wall) in plans.items():
        stations[who] = stations.get(who) or await sign(who)
        watcher = await stack.enter_async_context(watching(stations[who], path, topic, wall=wall))
        by_view[name] = watcher
    assert {name: watcher.shown.view for name, watcher in by_view.items()} == {
        name: f"{name.split()[1]}.en" for name in plans
    }
    return by_view


async def test_every_screen_and_view_is_watched_here(screens: Screens) -> None:
    watched = {*screens.by_view, *NOBODYS, *BY_SOCKET, *GLASS, *BY_DAY, *OWN}
    assert watched == {f"{kind.name} {view}" for kind in live.KINDS.values() for view in kind.views}


async def test_a_stale_page_and_its_frames_make_a_fresh_page(screens: Screens) -> None:
    scene, dice = screens.scene, random.Random(20261121)
    people = [await scene.patient(f"Wander{number:02}") for number in range(8)]
    encounters: list = []
    for step in range(STEPS):
        try:
            async with scene.work() as work:
                await _one(work, scene, dice, people, encounters)
        except NotAllowed:
            continue
        if step % PAUSE == PAUSE - 1:
            await screens.equal()
        elif step % LOOK == LOOK - 1:  # however few frames a slow machine makes of these steps
            for name in BOARDS:
                await screens.by_view[name].settled()
    await screens.equal()
    pushed = {name: len(watcher.frames) for name, watcher in screens.by_view.items()}
    for name in BOARDS:
        assert pushed[name] > 5, pushed


async def _one(work, scene: Scene, dice: random.Random, people, encounters) -> None:
    bed = scene.beds[dice.choice(sorted(scene.beds))]
    one = dice.choice(encounters) if encounters else None
    match dice.randrange(11):
        case 0 | 1:
            encounters.append((await admit(work, dice.choice(people), bed)).id)
        case 2 if one:
            await transfer(work, one, bed, keep=dice.random() < 0.3)
        case 3 if one:
            await swap(work, one, dice.choice(encounters))
        case 4 if one:
            await gone(work, one, Disposition.HOME)
        case 5 if one:
            take_back = dice.choice([cancel_discharge, cancel_transfer])
            await take_back(work, one, CancelReason.WRONG_BED)
        case 6 if one:
            await isolate(work, one, Precaution.CONTACT)
        case 7:
            await reserve(work, bed)
        case 8:
            off = [row for row in CardRow if dice.random() < 0.5]
            await set_card(work, scene.east, off, seen=None)
        case 9:
            await sound(work, dice.choice(people), dice.choice(list(Cause)), f"{dice.random()}")
        case _:
            to = dice.choice([BedStatus.HOUSEKEEPING, BedStatus.UNOCCUPIED])
            await change_status(work, bed, to)


async def test_what_a_command_answers_is_what_is_pushed(screens: Screens, nurse: Station) -> None:
    scene, watcher = screens.scene, screens.by_view["beds full"]
    bo = await scene.patient("Otherwise", "Bo")
    bed = await scene.bed("6E-03")
    said = [await nurse.post(f"/beds/{bed.id}/admit", patient_id=bo, version=bed.version)]
    stays = await scene.stays(bo)
    encounter = stays[0].encounter_id
    await settle(scene, bo)
    for path, fields in (
        ("isolation", {"precaution": "droplet"}),
        ("home", {"home_on": "2031-01-05"}),
        ("transfer", {"bed_id": scene.beds["6E-04"]}),
    ):
        seen = (await scene.encounter(encounter)).version
        said.append(await nurse.post(f"/stays/{encounter}/{path}", version=seen, **fields))
    seen = (await scene.encounter(encounter)).version
    said.append(await nurse.post(f"/stays/{encounter}/discharge", **leaves(seen)))
    for answer in said:
        assert answer.status_code == 200, answer.text
    await watcher.settled()
    cards = {target: html for answer in said for target, _, html in partials(answer.text.strip())}
    assert len(cards) == 2
    for target, html in cards.items():  # the last answer of each bed is what the board shows
        assert element(watcher.shown.body, target) == html
    await screens.equal()


async def test_what_a_view_may_not_show_never_reaches_it(screens: Screens) -> None:
    scene = screens.scene
    ida = UUID(screens.by_view["chart full"].topic.partition("/")[2])
    said = AllergySaid(detail=AllergyDetail(SUBSTANCE, ("rash",)), criticality=Criticality.HIGH)
    async with scene.work() as work:
        await record_allergy(work, ida, said)
    async with scene.work() as work:
        condition = Condition(id=new_id(), patient_id=ida, recorded_at=work.now)
        await work.seal(condition, detail=ConditionDetail(DIAGNOSIS))
        work.add(condition, Permission.RECORD_CONDITION)
    async with scene.work() as work:  # something everybody is told of
        encounter = (await scene.stays(ida))[0].encounter_id
        await isolate(work, encounter, Precaution.AIRBORNE)
        await transfer(work, encounter, scene.beds["6E-05"])
    await screens.equal()
    found = {
        canary: {
            name
            for name, watcher in screens.by_view.items()
            if canary.upper() in "".join(watcher.seen).upper()
        }
        for canary in (NAME, SUBSTANCE, DIAGNOSIS, MEDICINE)
    }
    everybody_named = {"beds full", "beds desk", "chart full", "chart ward", "chart desk"}
    everybody_named |= {"alerts full", "calls full", "tasks full", "observations full"}
    everybody_named |= {"medications full", "care full", "pharmacy full"}
    everybody_named |= {"labs full", "results full", "specimens full"}
    everybody_named |= {"chart lab", "labs lab", "results lab", "specimens lab"}
    assert found[NAME] == everybody_named
    banners = {"chart full", "chart ward", "observations full", "medications full", "labs full"}
    assert banners <= found[SUBSTANCE] <= {*banners, "beds full", "pharmacy full"}
    assert found[DIAGNOSIS] == {"chart full"}
    charts = {"medications full", "chart full", "chart ward"}
    assert charts <= found[MEDICINE] <= {*charts, "pharmacy full"}
