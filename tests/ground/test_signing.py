"""Signing: what this installation signed is known again, and any change of it is found."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from tests.printed import words
from ward import clock, codes, paper, signing
from ward.node import Node, open_node
from ward.paper import Stamp

AT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)


@pytest.fixture
async def printed() -> bytes:
    """A page with words on it."""
    data = {"issue": 1, "name": "SMITH, Joan", "born": "14-Jul-1945", "label": "MRN"}
    data |= {"number": "0012345", "said": "Code"}
    stamp = Stamp("SMITH, Joan", "Joan", AT, AT, ZoneInfo("Europe/London"), demo=True)
    return await paper.pdf("wristband", data, stamp, {"band": codes.plain_matrix("0012345")})


@pytest.fixture
async def signed(quiet: Node, printed: bytes) -> bytes:
    return await signing.sign(quiet, printed, by="Dr Joan Lee", reason="Prescription")


async def test_what_was_signed_is_known_with_name_and_time(quiet, signed) -> None:
    verdict = await signing.verify(quiet, signed)
    assert (verdict.intact, verdict.by, verdict.why) == (True, "Dr Joan Lee", "")
    assert verdict.at
    assert abs(verdict.at - clock.now()) < timedelta(seconds=30)


async def test_the_page_still_says_what_it_said(printed, signed) -> None:
    assert words(signed) == words(printed)
    assert signed.startswith(printed)


async def test_another_node_knows_it_too(settings, signed) -> None:
    other = await open_node(settings)
    try:
        assert (await signing.verify(other, signed)).intact
    finally:
        await other.close()


async def test_a_changed_byte_is_found_wherever_it_stands(quiet, signed) -> None:
    hole = range(signed.rindex(b"/Contents <"), signed.rindex(b"/ByteRange"))
    places = [*range(0, len(signed), 211), *range(hole.start, hole.stop, 7), len(signed) - 1]
    unseen = []
    for at in places:
        for change in (0x01, 0x20):  # 0x20: a digit of another case says the same
            other = bytearray(signed)
            other[at] ^= change
            if (await signing.verify(quiet, bytes(other))).intact:
                unseen.append((at, signed[at : at + 1]))
    assert unseen == []


async def test_what_was_added_is_found(quiet, signed) -> None:
    writer = IncrementalPdfFileWriter(BytesIO(signed))
    page = writer.root["/Pages"]["/Kids"][0]
    more = writer.add_object(generic.StreamObject(stream_data=b"BT (and 100 tablets) Tj ET"))
    page["/Contents"] = generic.ArrayObject([page.raw_get("/Contents"), more])
    writer.update_container(page)
    added = BytesIO()
    writer.write(added)
    for changed in (added.getvalue(), signed + b"\n", signed[:-1], b"%" + signed):
        verdict = await signing.verify(quiet, changed)
        assert not verdict.intact
        assert "changed" in verdict.why


async def test_another_signer_is_not_this_hospital(quiet, printed) -> None:
    theirs_only = replace(quiet.vault.house, signing=bytes(32))
    stranger = replace(quiet, vault=replace(quiet.vault, house=theirs_only))
    theirs = await signing.sign(stranger, printed, by="Dr Joan Lee")
    assert (await signing.verify(stranger, theirs)).intact
    verdict = await signing.verify(quiet, theirs)
    assert (verdict.intact, verdict.by) == (False, "")
    assert "not signed by this hospital" in verdict.why


@pytest.mark.parametrize("nothing", [b"", b"%PDF-1.7\n", b"SMITH", bytes(2000)])
async def test_what_is_no_document_is_worth_nothing(quiet, nothing) -> None:
    assert not (await signing.verify(quiet, nothing)).intact


async def test_what_nobody_signed_is_worth_nothing(quiet, printed) -> None:
    verdict = await signing.verify(quiet, printed)
    assert (verdict.intact, verdict.why) == (False, "This document is not signed by this hospital.")


async def test_the_key_is_drawn_from_the_vault_and_the_certificate_is_one(quiet) -> None:
    secret = quiet.vault.signing
    signing._holder.cache_clear()
    first = signing._holder(secret).certificate.dump()
    signing._holder.cache_clear()
    assert signing._holder(secret).certificate.dump() == first
    assert signing._holder(bytes(32)).certificate.dump() != first
    assert secret not in first
