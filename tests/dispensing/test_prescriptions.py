"""A signed paper opens one page, is dispensed once, and shows every change of itself."""

import asyncio
import re

import httpx

from domain.frequencies import Code
from realtime.topics import Topic
from tests.medications.scene import prescribed
from tests.printed import scanned, words
from ward.prescriptions.checking import LOOKS

PHARMACY = "Bridge Street Pharmacy"


async def _signed(doctor, ida, *requests, days: int = 7) -> str:
    """Sign a paper; return its id."""
    chosen = {f"days-{one.id}": days for one in requests}
    answer = await doctor.client.post(
        f"/patients/{ida}/prescriptions",
        data={
            "request_id": [str(one.id) for one in requests],
            **{k: str(v) for k, v in chosen.items()},
        },
        headers={"hx-request": "true"},
    )
    assert answer.status_code == 200, answer.text
    found = re.findall(r'id="prescription-([0-9a-f-]{36})"', answer.text)
    assert found
    return found[0]


async def _paper(station, paper_id: str) -> bytes:
    answer = await station.get(f"/prescriptions/{paper_id}.pdf")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    return answer.content


def _path(pdf: bytes) -> str:
    """Read the QR of the printed page by another reader than the one that drew it."""
    (address,) = scanned(pdf, prefix=False)
    return "/" + address.split("/", 3)[3]


def _code(pdf: bytes) -> str:
    return re.search(r"the\s+code\s+([A-Z2-9]{4}\s[A-Z2-9]{4})", words(pdf))[1]


async def _outside(doctor) -> httpx.AsyncClient:
    """Somebody in a pharmacy, who is signed in nowhere."""
    return httpx.AsyncClient(base_url=doctor.url, headers={"origin": doctor.url}, timeout=15)


async def test_the_printed_code_opens_a_page_that_tells_nothing_personal(
    ida, doctor, open_scene
) -> None:
    request = await prescribed(open_scene, ida, "metoprolol")
    pdf = await _paper(doctor, await _signed(doctor, ida, request))
    text = words(pdf)
    assert "metoprolol" in text
    assert "50" in text
    assert "twice daily" in text
    assert "14 doses" in text
    assert "QUILLFEATHER" in text
    async with await _outside(doctor) as pharmacy:
        page = await pharmacy.get(_path(pdf))
    assert page.status_code == 200
    assert 'data-state="valid"' in page.text
    assert page.headers["cache-control"] == "no-store"
    for secret in ("uillfeather", "UILLFEATHER", "metoprolol", "Six East", "Joan"):
        assert secret not in page.text


async def test_it_is_dispensed_once_whoever_comes_first(ida, doctor, open_scene) -> None:
    request = await prescribed(open_scene, ida, "metoprolol")
    paper_id = await _signed(doctor, ida, request)
    pdf = await _paper(doctor, paper_id)
    path, said = _path(pdf), {"code": _code(pdf).lower(), "where": PHARMACY}
    async with await _outside(doctor) as pharmacy, doctor.watch(Topic("chart", ida)) as screen:
        tries = [pharmacy.post(f"{path}/dispensing", data=said) for _ in range(4)]
        answers = await asyncio.gather(*tries)
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
        later = await pharmacy.get(path)
        assert PHARMACY in (await screen.until(PHARMACY)).content
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert "Do not dispense it again" in refused.text
    assert 'data-state="dispensed"' in later.text
    assert PHARMACY not in later.text
    assert (
        await open_scene.scalar(
            "SELECT count(*) FROM prescription WHERE dispensed_at > '-infinity'"
        )
        == 1
    )


async def test_whoever_has_only_the_address_cannot_dispense(ida, doctor, open_scene) -> None:
    request = await prescribed(open_scene, ida, "metoprolol")
    path = _path(await _paper(doctor, await _signed(doctor, ida, request)))
    async with await _outside(doctor) as pharmacy:
        for _ in range(5):
            answer = await pharmacy.post(
                f"{path}/dispensing", data={"code": "AAAA AAAA", "where": PHARMACY}
            )
            assert answer.status_code == 409
            assert "does not belong to this paper" in answer.text
        tired = await pharmacy.post(
            f"{path}/dispensing", data={"code": "AAAA AAAA", "where": PHARMACY}
        )
        assert "Too many tries" in tired.text
        assert 'data-state="valid"' in (await pharmacy.get(path)).text


async def test_whoever_hears_too_often_has_dispensed_nothing(ida, doctor, open_scene) -> None:
    request = await prescribed(open_scene, ida, "metoprolol")
    pdf = await _paper(doctor, await _signed(doctor, ida, request))
    limits = open_scene.node.limits
    async with await _outside(doctor) as pharmacy:
        while (await pharmacy.get(_path(pdf))).status_code != 429:
            pass
        form = {"code": _code(pdf), "where": PHARMACY}
        answer = await pharmacy.post(f"{_path(pdf)}/dispensing", data=form)
        broken = {"content": b"--no", "headers": {"content-type": "multipart/form-data"}}
        unread = await pharmacy.post(f"{_path(pdf)}/paper", **broken)
        await limits.forget(LOOKS, "127.0.0.1")
    assert (answer.status_code, "Too many tries" in answer.text) == (429, True)
    assert unread.status_code == 429  # and nobody has read what was sent
    chart = await doctor.get(f"/patients/{ida}")
    assert 'data-state="valid"' in chart.text


async def test_a_cancelled_paper_says_so_and_is_not_dispensed(ida, doctor, open_scene) -> None:
    request = await prescribed(open_scene, ida, "metoprolol")
    paper_id = await _signed(doctor, ida, request)
    pdf = await _paper(doctor, paper_id)
    version = await open_scene.scalar("SELECT version FROM prescription")
    empty = await doctor.post(f"/prescriptions/{paper_id}/cancellation", version=version, reason="")
    assert empty.status_code == 422
    gone = await doctor.post(
        f"/prescriptions/{paper_id}/cancellation", version=version, reason="Wrong strength"
    )
    assert "Wrong strength" in gone.text
    async with await _outside(doctor) as pharmacy:
        assert 'data-state="cancelled"' in (await pharmacy.get(_path(pdf))).text
        late = await pharmacy.post(
            f"{_path(pdf)}/dispensing", data={"code": _code(pdf), "where": PHARMACY}
        )
    assert late.status_code == 409
    assert "cancelled" in late.text


async def test_a_pharmacist_of_the_house_dispenses_without_the_code(
    ida, doctor, sign, open_scene
) -> None:
    request = await prescribed(open_scene, ida, "metoprolol")
    paper_id = await _signed(doctor, ida, request)
    pharmacist = await sign("pharmacist")
    version = await open_scene.scalar("SELECT version FROM prescription")
    path = f"/prescriptions/{paper_id}/dispensing"
    done = await pharmacist.post(path, version=version, where="House pharmacy")
    assert "House pharmacy" in done.text
    again = await pharmacist.post(path, version=version + 1, where="House pharmacy")
    assert again.status_code == 409


async def test_any_change_of_the_file_is_found(ida, doctor, open_scene) -> None:
    request = await prescribed(open_scene, ida, "metoprolol")
    pdf = await _paper(doctor, await _signed(doctor, ida, request))
    changed = pdf.replace(b"obj", b"oBj", 1)
    for sent, told in ((pdf, "unchanged"), (changed, "not the prescription"), (b"%PDF", "not the")):
        async with await _outside(doctor) as pharmacy:
            answer = await pharmacy.post(
                f"{_path(pdf)}/paper", files={"paper": ("p.pdf", sent, "application/pdf")}
            )
        assert told in answer.text


async def test_an_address_nobody_gave_out_is_unknown(doctor) -> None:
    async with await _outside(doctor) as pharmacy:
        answer = await pharmacy.get("/check/abcdefghijklmnopqrstuvwxyz012345")
    assert answer.status_code == 404
    assert 'data-state="unknown"' in answer.text


async def test_only_what_stands_is_supplied(ida, doctor, open_scene) -> None:
    request = await prescribed(open_scene, ida, "metoprolol", Code.BD)
    nothing = await doctor.post(f"/patients/{ida}/prescriptions")
    assert nothing.status_code == 409
    assert "Choose at least one medicine" in nothing.text
    long = await doctor.post(
        f"/patients/{ida}/prescriptions",
        **{"request_id": request.id, f"days-{request.id}": 400},
    )
    assert long.status_code == 409
    assert "1 to 90 days" in long.text


async def test_a_nurse_may_print_but_not_sign(ida, nurse, doctor, open_scene) -> None:
    request = await prescribed(open_scene, ida, "metoprolol")
    paper_id = await _signed(doctor, ida, request)
    assert (await nurse.get(f"/prescriptions/{paper_id}.pdf")).status_code == 200
    assert (await nurse.get(f"/patients/{ida}/prescriptions/new")).status_code == 403
    assert (await nurse.post(f"/patients/{ida}/prescriptions")).status_code == 403


async def test_each_look_at_the_page_leaves_a_trail(ida, doctor, open_scene) -> None:
    request = await prescribed(open_scene, ida, "metoprolol")
    pdf = await _paper(doctor, await _signed(doctor, ida, request))
    async with await _outside(doctor) as pharmacy:
        await pharmacy.get(_path(pdf))
    seen = await open_scene.scalar(
        "SELECT count(*) FROM audit_event WHERE code = 'prescriptions.check'"
    )
    assert seen == 1


async def _again(doctor, ida, *requests) -> httpx.Response:
    return await doctor.client.post(
        f"/patients/{ida}/prescriptions",
        data={
            "request_id": [str(one.id) for one in requests],
            **{f"days-{one.id}": "7" for one in requests},
        },
        headers={"hx-request": "true"},
    )


async def test_one_order_stands_on_one_paper_until_that_is_out_no_more(
    ida, doctor, open_scene
) -> None:
    one = await prescribed(open_scene, ida, "metoprolol")
    paper = await _signed(doctor, ida, one)
    second = await _again(doctor, ida, one)
    assert second.status_code == 409
    assert "is still out" in second.text
    assert await open_scene.scalar("SELECT count(*) FROM prescription") == 1
    version = await open_scene.scalar("SELECT version FROM prescription")
    answer = await doctor.post(
        f"/prescriptions/{paper}/cancellation", version=version, reason="Wrong days"
    )
    assert answer.status_code == 200, answer.text
    assert (await _again(doctor, ida, one)).status_code == 200


async def test_of_papers_signed_at_once_for_one_order_one_stands(ida, doctor, open_scene) -> None:
    one = await prescribed(open_scene, ida, "metoprolol")
    answers = await asyncio.gather(*(_again(doctor, ida, one) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert await open_scene.scalar("SELECT count(*) FROM prescription") == 1
