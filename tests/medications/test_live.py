"""Live: what one station gives stands on every other; a frame is one line and the numbers."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from domain.discharge import Answer, Item
from domain.doses import Status
from domain.frequencies import Code
from domain.schedules import First
from realtime.topics import Topic
from tests.medications.charts import awake, recorded, topic
from tests.medications.scene import again, detail_of, doses_of, prescribed
from tests.printed import words
from tests.settling import settled
from tests.watchers import watching
from ward import clock
from ward.adt.questions import checklist
from ward.dev.cast import PASSWORD, ZONE
from ward.medications.change import change
from ward.medications.chart_days import DAY, days_of
from ward.medications.review import review

NOW = First.NOW_CONFIRMED


def paths(patient) -> str:
    return f"/patients/{patient}/medications"


async def first_of(scene, order):
    return (await doses_of(scene, order.id))[0][0]


async def test_a_dose_given_elsewhere_changes_its_line_and_the_numbers_alone(
    open_scene, ida, doctor
) -> None:
    orders = [
        await prescribed(open_scene, ida, name, first=NOW)
        for name in ("amoxicillin", "metoprolol", "furosemide")
    ]
    await settled(open_scene.node)
    dose = await first_of(open_scene, orders[0])
    async with doctor.watch(topic(ida)) as screen:
        await recorded(open_scene, orders[0].id, at=clock.now(), dose_id=dose.id)
        frame = await screen.until("Given ")
    assert set(frame.message["k"]) == {f"line-{orders[0].id}", "mar-counts"}
    assert 'data-state="given"' in frame.content
    assert len(frame.content) < 8_000


async def test_what_is_pushed_answered_and_fetched_is_one(open_scene, ida, nurse) -> None:
    order = await prescribed(open_scene, ida, "metoprolol", first=NOW)
    other = await prescribed(open_scene, ida, "amoxicillin")
    await prescribed(open_scene, ida, "paracetamol", Code.PRN)
    await settled(open_scene.node)
    async with watching(nurse, paths(ida), f"medications/{ida}") as page:
        dose = await first_of(open_scene, order)
        await recorded(open_scene, order.id, at=clock.now(), dose_id=dose.id)
        await page.settled()
        detail = await detail_of(open_scene, other.id)
        async with open_scene.work() as work:
            now = again(detail, dose=detail.dose / 2)
            row = await change(work, other.id, now, "Half", seen=None)
        await page.settled()
        assert "Review before recording" in page.shown.body
        async with open_scene.work() as work:
            await review(work, other.id, row.id)
        await page.settled()
        assert "Review before recording" not in page.shown.body


async def test_what_becomes_due_turns_without_a_request(open_scene, ida, nurse) -> None:
    order = await prescribed(open_scene, ida, at=clock.now() + timedelta(hours=2))
    dose = await first_of(open_scene, order)
    await settled(open_scene.node)
    clock.shift(dose.opens_at - timedelta(minutes=1) - (clock.now() - clock.offset()))
    signed = {"username": "nurse", "password": PASSWORD}
    await nurse.client.post("/login", data=signed)  # the session before the clock moved is over
    async with nurse.watch(topic(ida)) as screen:
        assert 'data-state="planned"' in screen.first.content
        clock.shift(clock.offset() + timedelta(minutes=1))
        frame = await screen.until('data-state="due"')
    assert "Due 1" in frame.content


async def test_the_day_turns_at_midnight_of_the_ward(open_scene, ida) -> None:
    await prescribed(open_scene, ida)
    await settled(open_scene.node)
    today = days_of(None, clock.now(), ZoneInfo("Europe/London"))
    midnight = today.midnight(today.today + DAY)
    due = await open_scene.scalar(
        "SELECT count(*) FROM live_due WHERE topic = :topic AND at = :at",
        topic=str(topic(ida)),
        at=midnight,
    )
    assert due == 1


async def test_as_required_turns_when_it_may_be_given_again(open_scene, ida) -> None:
    order = await prescribed(open_scene, ida, "paracetamol", Code.PRN)
    at = clock.now()
    await recorded(open_scene, order.id, at=at, timing=None)
    await settled(open_scene.node)
    due = await open_scene.scalar(
        "SELECT count(*) FROM live_due WHERE topic = :topic AND at IN (:first, :second)",
        topic=str(topic(ida)),
        first=at + timedelta(hours=6),
        second=at + timedelta(hours=24),
    )
    assert due == 2


async def test_reception_sees_no_medicines(open_scene, ida, reception) -> None:
    await prescribed(open_scene, ida)
    assert (await reception.get(paths(ida))).status_code == 403


async def test_another_day_is_drawn_once_and_says_so(open_scene, ida, nurse) -> None:
    await prescribed(open_scene, ida)
    tomorrow = clock.now().astimezone(ZoneInfo(ZONE)).date() + DAY
    page = await nurse.get(f"{paths(ida)}?day={tomorrow.isoformat()}&group=route")
    assert "Only today is live" in page.text
    assert 'data-group="route"' in page.text
    assert "Back to today" in page.text
    wrong = await nurse.get(f"{paths(ida)}?day=yesterday")
    assert wrong.status_code == 422


async def test_the_history_tells_every_act_and_every_dose(open_scene, ida, nurse) -> None:
    order = await prescribed(open_scene, ida, "metoprolol", first=NOW)
    dose = await first_of(open_scene, order)
    await recorded(open_scene, order.id, at=clock.now(), dose_id=dose.id)
    detail = await detail_of(open_scene, order.id)
    async with open_scene.work() as work:
        await change(work, order.id, again(detail, dose=detail.dose / 2), "Slow", seen=None)
    sheet = await nurse.get(f"/orders/{order.id}/history", headers={"hx-request": "true"})
    for text in ("Prescribed", "Given", "Changed", "Slow", f"/doses/{dose.id}/administration"):
        assert text in sheet.text
    file = await nurse.get(f"{paths(ida)}.csv")
    assert file.headers["content-type"].startswith("text/csv")
    assert file.text.count("metoprolol") >= 3


async def test_the_chart_prints_with_the_identity_on_it(open_scene, ida, nurse) -> None:
    await prescribed(open_scene, ida, "metoprolol")
    paper = await nurse.get(f"{paths(ida)}/print")
    said = words(paper.content)
    for text in ("QUILLFEATHER, Ida", "metoprolol", "No known allergies", "20:00 50"):
        assert text in said
    blank = await nurse.get(f"{paths(ida)}/print?blank=yes")
    assert "metoprolol" not in words(blank.content)
    assert "QUILLFEATHER, Ida" in words(blank.content)


async def test_the_board_counts_what_is_overdue_and_turns_by_itself(open_scene, ida, nurse) -> None:
    order = await prescribed(open_scene, ida, "levetiracetam", Code.ONCE)
    dose = await first_of(open_scene, order)
    await settled(open_scene.node)
    async with nurse.watch(Topic("beds", open_scene.east)) as screen:
        await awake(nurse, dose.closes_at + timedelta(seconds=1))
        frame = await screen.until("tile-meds-overdue")
        content = frame.content
        while "Meds overdue" not in content:
            content = (await screen.next()).content
    await recorded(
        open_scene,
        order.id,
        at=clock.now(),
        dose_id=dose.id,
        status=Status.NOT_GIVEN,
        timing=None,
    )


async def test_whoever_goes_home_has_no_dose_due(open_scene, ida) -> None:
    encounter = (await open_scene.stays(ida))[0].encounter_id
    async with open_scene.work() as work:
        assert (await checklist(work, encounter))[Item.NO_DUE_DOSES] is Answer.DONE
    order = await prescribed(open_scene, ida, frequency=Code.ONCE)
    async with open_scene.work() as work:
        assert (await checklist(work, encounter))[Item.NO_DUE_DOSES] is Answer.NOT_DONE
    dose = await first_of(open_scene, order)
    await recorded(open_scene, order.id, at=clock.now(), dose_id=dose.id)
    async with open_scene.work() as work:
        assert (await checklist(work, encounter))[Item.NO_DUE_DOSES] is Answer.DONE
