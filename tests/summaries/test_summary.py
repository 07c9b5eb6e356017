"""A summary is drafted, signed, read by class, printed, checked and amended; nothing is lost."""

import re
from uuid import UUID

import httpx
import pypdfium2
import pytest

from realtime.topics import Topic
from tests.printed import scanned, words
from tests.summaries.sheet import put
from ward.adt.questions import checks

REASON, COURSE, PLAN = "zqdfell at home", "zqdcourse\nwent well", "zqdplan: see in a week"


async def drafted(stayed, doctor, **more) -> httpx.Response:
    said = {"reason": REASON, "course": COURSE, "plan": PLAN} | more
    answer = await doctor.post(f"/stays/{stayed.encounter}/summary", **said)
    assert answer.status_code == 204, answer.text
    return answer


async def signed(stayed, doctor, **more) -> UUID:
    """Draft and sign; give the id of the version."""
    await drafted(stayed, doctor, **more)
    found, _ = await draft(stayed)
    answer = await put(doctor, found)
    assert answer.status_code == 204, answer.text
    return found


async def draft(stayed) -> tuple[UUID, int]:
    one = "SELECT id::text || ' ' || version FROM discharge_summary WHERE state = 'draft'"
    found, version = (await stayed.scene.scalar(one)).split()
    return UUID(found), int(version)


async def printed(station, summary: UUID) -> bytes:
    answer = await station.get(f"/summaries/{summary}.pdf")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.content


async def test_the_signed_paper_tells_the_whole_stay(stayed, doctor) -> None:
    pdf = await printed(doctor, await signed(stayed, doctor))
    said = words(pdf)
    for expected in (
        "QUILLFEATHER, Ida", "zqdillness", REASON, "zqdcourse", "went well", PLAN,
        "zqdallergen: rash", "Stop", "zqdtablet, 1, daily", "zqdreason", "Not decided", "zqdsyrup",
        "NEWS2", "Pulse /min", "Potassium", "Outpatients", "Follow-up",
        "The laboratory still owes", "Lipid panel", "Signed by", "Version 1.", "DEMO",
    ):  # fmt: skip
        assert expected in said, expected
    document = pypdfium2.PdfDocument(pdf)
    try:
        pages = [document[at].get_textpage().get_text_range() for at in range(len(document))]
    finally:
        document.close()
    for number, page in enumerate(pages, 1):
        assert f"page {number} of {len(pages)}" in " ".join(page.split())
        assert "QUILLFEATHER, Ida, born" in " ".join(page.split())
        assert "Printed by" in page


@pytest.mark.parametrize(
    ("who", "hidden"), [("nurse", "D6"), ("charge", "D6"), ("pharmacist", "D2")]
)
async def test_each_role_reads_its_own_classes(sign, stayed, doctor, who, hidden) -> None:
    """Neither page nor paper gives a higher class away; the paper says what it leaves out."""
    summary, reader = await signed(stayed, doctor), await sign(who)
    page = (await reader.get(f"/patients/{stayed.patient}/discharge-summary")).text
    paper = await printed(reader, summary)
    for said in (page, words(paper)):
        for data, word in stayed.WORDS.items():
            assert (word in said) is (data != hidden), (data, who)
        for word in (REASON, "zqdcourse", "zqdplan"):
            assert (word in said) is (hidden != "D6")
        assert ("Left out" in said) or ("Not shown to your role" in said)
    assert scanned(paper) == []  # an extract is not the signed paper


async def test_whoever_reads_no_record_reads_no_summary(stayed, doctor, reception) -> None:
    summary = await signed(stayed, doctor)
    for path in (f"/patients/{stayed.patient}/discharge-summary", f"/summaries/{summary}.pdf"):
        assert (await reception.get(path)).status_code == 403


async def test_a_draft_is_for_those_who_write_it(stayed, doctor, nurse) -> None:
    await drafted(stayed, doctor)
    found, version = await draft(stayed)
    path = f"/patients/{stayed.patient}/discharge-summary"
    assert REASON in (await doctor.get(path)).text
    page = (await nurse.get(path)).text
    assert "A doctor is writing it." in page
    assert "zqd" not in page
    assert (await nurse.get(f"/summaries/{found}.pdf")).status_code == 404
    answer = await nurse.post(f"/summaries/{found}/signature", version=version)
    assert answer.status_code == 403


async def test_nothing_is_signed_unsaid_or_unseen(stayed, doctor) -> None:
    await drafted(stayed, doctor, course="")
    found, version = await draft(stayed)
    refused = await doctor.post(f"/summaries/{found}/signature", version=version)
    assert "Write why the patient was admitted" in refused.text
    stale = await doctor.post(
        f"/stays/{stayed.encounter}/summary", reason="x", course="y", version=version - 1
    )
    assert stale.status_code == 409
    again = await doctor.post(f"/stays/{stayed.encounter}/summary", reason="x", course="y")
    assert again.status_code == 409  # somebody else has begun
    asked = (await doctor.get(f"/summaries/{found}/signature")).text
    assert "zqdsyrup" in asked  # undecided
    assert "Lipid panel" in asked


async def test_an_amended_version_keeps_the_old_one(stayed, doctor, nurse) -> None:
    first = await signed(stayed, doctor)
    old = await printed(doctor, first)
    refused = await doctor.post(f"/stays/{stayed.encounter}/summary", reason="a", course="b")
    assert "Say why you amend it" in refused.text
    second = await signed(stayed, doctor, course="zqdcorrected", why="Wrong side")
    new = words(await printed(doctor, second))
    assert "Version 2, replaces what was signed before. Wrong side" in new
    assert "zqdcorrected" in new
    assert "zqdcourse" not in new
    assert await printed(doctor, first) == old  # byte for byte
    page = (await nurse.get(f"/patients/{stayed.patient}/discharge-summary")).text
    assert re.search(r'data-state="replaced".*Version 1', page.replace("\n", ""))
    assert re.search(r"Born [^<]*\d{4} \(\d+y\) · ", page)  # a name alone is not enough
    states = "SELECT string_agg(state, ' ' ORDER BY number) FROM discharge_summary"
    assert await stayed.scene.scalar(states) == "replaced signed"


async def test_the_code_says_which_version_counts_and_which_file_is_whole(stayed, doctor) -> None:
    old = await printed(doctor, await signed(stayed, doctor))
    (address,) = scanned(old, prefix=False)
    path = "/" + address.split("/", 3)[3]
    async with httpx.AsyncClient(
        base_url=doctor.url, headers={"origin": doctor.url}, timeout=30
    ) as outside:
        told = (await outside.get(path)).text
        assert 'data-state="signed"' in told
        assert "QUILLFEATHER" not in told
        assert "zqd" not in told
        for sent, said in ((old, "unchanged"), (old + b"\n", "not the summary")):
            file = {"paper": ("a.pdf", sent, "application/pdf")}
            assert said in (await outside.post(f"{path}/file", files=file)).text
        await signed(stayed, doctor, why="Wrong side")
        assert 'data-state="replaced"' in (await outside.get(path)).text
        unknown = await outside.get("/letters/nothing")
    assert unknown.status_code == 404


async def test_an_open_chart_and_the_checklist_follow(stayed, doctor, nurse) -> None:
    link = f'href="/patients/{stayed.patient}/discharge-summary"'
    asked = (await nurse.get(f"/stays/{stayed.encounter}/discharge")).text
    assert f'<a class="lnk" {link}>The discharge summary is not signed</a>' in asked
    async with nurse.watch(Topic("chart", stayed.patient)) as screen:
        await drafted(stayed, doctor)
        frame = await screen.until('data-state="draft"')
        found, _ = await draft(stayed)
        await put(doctor, found)
        frame = await screen.until('data-state="signed"')
    assert link in frame.content
    assert "zqdcourse" not in frame.content
    async with stayed.scene.work() as work:
        lines = {one.item: one.open for one in await checks(work, stayed.encounter)}
    assert lines["summary"] is False
