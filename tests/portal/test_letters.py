"""A patient reads the signed summaries of their own stays, once they have left."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest

from domain.encounters import Disposition
from tests.medications.scene import as_person
from tests.portal.conftest import Own
from tests.printed import words
from tests.stations import Sign
from ward.adt.admit import admit
from ward.adt.discharge import gone
from ward.summaries.parts import Words
from ward.summaries.service import sign as sign_summary
from ward.summaries.service import write

SITE = "http://ward.test"


@dataclass
class Gone:
    """A patient who has left, and what was signed."""

    own: Own
    encounter: UUID
    first: UUID


async def stayed(own: Own, patient: UUID, label: str = "6E-01") -> UUID:
    """Lay somebody into a bed, some hours ago."""
    scene = own.clinic.scene
    bed = scene.beds[label]
    async with scene.work() as work:
        return (await admit(work, patient, bed, at=work.now - timedelta(hours=3))).id


async def signed(own: Own, encounter: UUID, course: str = "zqdcourse", why: str = "") -> UUID:
    async with as_person(own.clinic.scene, "doctor") as work:
        said = Words(reason="zqdreason", course=course, plan="zqdplan")
        row = await write(work, encounter, said, why=why, seen=None)
        return (await sign_summary(work, row.id, seen=None, site=SITE)).id


async def leaves(own: Own, encounter: UUID) -> None:
    async with own.clinic.scene.work() as work:
        await gone(work, encounter, Disposition.HOME, at=work.now - timedelta(hours=1))


@pytest.fixture
async def home(own: Own) -> Gone:
    """The patient at home, with a signed letter."""
    encounter = await stayed(own, own.patient)
    first = await signed(own, encounter)
    await leaves(own, encounter)
    return Gone(own, encounter, first)


async def test_nothing_is_read_before_it_is_signed_and_one_has_left(own: Own) -> None:
    assert 'href="/me/summaries"' in (await own.station.get("/me")).text
    assert "None yet." in (await own.station.get("/me/summaries")).text
    encounter = await stayed(own, own.patient)
    async with as_person(own.clinic.scene, "doctor") as work:
        draft = await write(work, encounter, Words("zqdreason", "zqdcourse"), seen=None)
    paths = [f"/me/summaries/{draft.id}{end}" for end in ("", ".pdf")]
    for path in paths:
        assert (await own.station.get(path)).status_code == 404
    async with as_person(own.clinic.scene, "doctor") as work:
        await sign_summary(work, draft.id, seen=None, site=SITE)
    for path in paths:
        answer = await own.station.get(path)
        assert (answer.status_code, "zqd" in answer.text) == (404, False)  # still on the ward
    assert str(draft.id) not in (await own.station.get("/me/summaries")).text
    await leaves(own, encounter)
    for path in paths:
        assert (await own.station.get(path)).status_code == 200
    assert paths[0] in (await own.station.get("/me/summaries")).text


async def test_the_letter_says_the_whole_and_the_paper_is_the_signed_one(
    home: Gone, sign: Sign
) -> None:
    page = await home.own.station.get(f"/me/summaries/{home.first}")
    for said in ("zqdreason", "zqdcourse", "zqdplan", "SMITHSON, Joan", "Allergies", "Medicines"):
        assert said in page.text
    assert "Not shown to your role" not in page.text
    assert page.headers["cache-control"] == "no-store"
    paper = await home.own.station.get(f"/me/summaries/{home.first}.pdf")
    assert "zqdcourse" in words(paper.content)
    theirs = await (await sign("doctor")).get(f"/summaries/{home.first}.pdf")
    assert paper.content == theirs.content  # byte for byte


async def test_a_replaced_version_is_named_and_leads_to_the_newer_one(home: Gone) -> None:
    newer = await signed(home.own, home.encounter, course="zqdcorrected", why="Wrong side")
    listed = (await home.own.station.get("/me/summaries")).text
    assert listed.index(str(newer)) < listed.index(str(home.first))
    assert "it does not count any more" in listed
    old = (await home.own.station.get(f"/me/summaries/{home.first}")).text
    assert "This one does not count any more." in old
    assert f'href="/me/summaries/{newer}"' in old
    now = (await home.own.station.get(f"/me/summaries/{newer}")).text
    assert "zqdcorrected" in now
    assert "does not count" not in now


async def test_nobody_elses_letter_is_read(home: Gone, sign: Sign) -> None:
    other = await home.own.clinic.scene.patient("Vane", "Olga")
    encounter = await stayed(home.own, other, "6E-02")
    theirs = await signed(home.own, encounter)
    await leaves(home.own, encounter)
    for end in ("", ".pdf"):
        answer = await home.own.station.get(f"/me/summaries/{theirs}{end}")
        assert (answer.status_code, "zqd" in answer.text) == (403, False)
        for who in ("nurse", "doctor", "reception"):
            staff = await sign(who)
            assert (await staff.get(f"/me/summaries/{home.first}{end}")).status_code == 403
    assert str(theirs) not in (await home.own.station.get("/me/summaries")).text
    doors = (f"/patients/{home.own.patient}/discharge-summary", f"/summaries/{home.first}.pdf")
    for path in doors:  # the wards' own pages stay the wards'
        assert (await home.own.station.get(path)).status_code == 403


async def test_each_look_stands_in_the_trail_with_what_was_shown(home: Gone) -> None:
    for end, code in (("", "portal.letter"), (".pdf", "portal.letter_paper")):
        await home.own.station.get(f"/me/summaries/{home.first}{end}")
        seen = await home.own.clinic.scene.scalar(
            "SELECT array_to_string(data_classes, ' ') FROM audit_event"
            " WHERE code = :code AND action = 'R' AND patients = ARRAY[CAST(:who AS uuid)]",
            code=code,
            who=home.own.patient,
        )
        assert {"D1", "D3", "D4", "D5", "D6"} <= set(seen.split())
