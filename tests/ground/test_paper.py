"""Paper: what is printed says who, when and of how many, and nothing in it is markup."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from domain import gs1
from domain.errors import NotAllowed
from tests.printed import scanned, words
from ward import codes, paper
from ward.paper import Stamp

AT = datetime(2026, 11, 21, 8, 30, 15, 123456, UTC)
SAMPLE = gs1.parse("010952110153001810ABC\x1d2112345")  # a GTIN of GS1's own examples


def stamp(*, demo: bool = True) -> Stamp:
    return Stamp("SMITH, Joan MRN 0012345", "Grace", AT, AT, ZoneInfo("Europe/Berlin"), demo)


async def band(name: str = "SMITH, Joan", code: str = "", *, demo: bool = True) -> bytes:
    data = {
        "issue": 1,
        "name": name,
        "born": "14-Jul-1945",
        "label": "NHS No.",
        "number": "943 476 5919",
        "said": "Code of this wristband",
    }
    code = code or codes.data_matrix(SAMPLE)
    return await paper.pdf("wristband", data, stamp(demo=demo), {"band": code})


async def test_every_page_says_whom_it_is_about_who_printed_it_and_when() -> None:
    text = words(await band())
    assert "SMITH, Joan MRN 0012345" in text
    assert "As of 21-Nov-2026 09:30. Printed by Grace, 21-Nov-2026 09:30." in text
    assert "page 1 of 1" in text


async def test_what_nobody_may_take_for_real_is_marked() -> None:
    assert "DEMO" in words(await band())
    assert "DEMO" not in words(await band(demo=False))


async def test_a_document_is_tagged_and_has_a_title_and_a_language() -> None:
    pdf = await band()
    assert b"pdfuaid:part" in pdf
    assert b"/StructTreeRoot" in pdf
    assert b"/Lang" in pdf


async def test_the_same_print_is_the_same_bytes() -> None:
    assert await band() == await band()


@pytest.mark.parametrize("name", ['#read("/etc/passwd")', "*O'BRIEN* $x$", "= A <b> \\ `c`", "//"])
async def test_a_name_is_never_read_as_markup(name: str) -> None:
    assert name in words(await band(name))


@pytest.mark.parametrize("name", ["ŁĄCZYŃSKA, Żaneta", "Иванов, Пётр", "ΠΑΠΠΆΣ, Γιώργος", "NGUYỄN"])
async def test_letters_of_europe_are_printed(name: str) -> None:
    assert name in words(await band(name))


async def test_a_letter_without_a_picture_is_refused_and_not_left_out() -> None:
    with pytest.raises(NotAllowed, match="no letters for 王"):
        await band("王, Wei")


async def test_what_is_wrong_with_a_template_does_not_quote_a_patient() -> None:
    with pytest.raises(paper.Unprinted) as caught:
        await paper.pdf("wristband", {"name": "SMITH, Joan"}, stamp())
    assert "wristband" in str(caught.value)
    assert "SMITH" not in str(caught.value)


@pytest.mark.parametrize(
    ("drawn", "sent"),
    [
        (codes.data_matrix(SAMPLE), "]d2010952110153001810ABC\x1d2112345"),
        (codes.code_128(SAMPLE), "]C1010952110153001810ABC\x1d2112345"),
        (codes.plain_matrix("0012345"), "]d10012345"),
        (codes.qr("https://ward.example.org/p/Zm9v"), "]Q1https://ward.example.org/p/Zm9v"),
    ],
)
async def test_a_code_on_paper_is_read_as_it_was_meant(drawn: str, sent: str) -> None:
    assert scanned(await band(code=drawn)) == [sent]


def test_elements_that_could_not_be_read_again_are_not_drawn() -> None:
    with pytest.raises(NotAllowed):
        codes.data_matrix([gs1.Element(gs1.RECIPIENT, "952000000000000018")])
