"""A printed label is read back, opens its own dose, and stops at another patient's bed."""

import pytest

from domain.frequencies import Code
from tests.medications.bedside import at_bed
from tests.medications.conftest import admitted
from tests.printed import scanned, words


@pytest.fixture
async def bed(open_scene, nurse, ida):
    return await at_bed(open_scene, nurse, ida)


async def test_a_printed_label_opens_its_dose(bed) -> None:
    _, dose = await bed.order("metoprolol")
    printed = await bed.station.get(f"/doses/{dose.id}/label.pdf")
    assert printed.status_code == 200, printed.text
    text = words(printed.content)
    for said in ("metoprolol", "50", "QUILLFEATHER", "DEMO"):
        assert said in text
    (code,) = scanned(printed.content)
    assert "QUILL" not in code
    answer = await bed.station.post(f"/patients/{bed.patient}/bedside/scan", code=code)
    assert answer.status_code == 200, answer.text
    assert f"/doses/{dose.id}/give" in answer.text
    assert 'id="pack-wanted"' in answer.text  # a label is no pack


async def test_a_label_at_another_bed_is_a_stop_of_its_own(bed, open_scene) -> None:
    _, dose = await bed.order("metoprolol")
    printed = await bed.station.get(f"/doses/{dose.id}/label.pdf")
    (code,) = scanned(printed.content)
    other = await admitted(open_scene, "6E-02", "Otherwise")
    answer = await bed.station.post(f"/patients/{other}/bedside/scan", code=code)
    assert answer.status_code == 409
    assert "prepared for another patient" in answer.text


async def test_a_dose_as_required_has_a_label_of_its_order(bed) -> None:
    request, _ = await bed.order("paracetamol", Code.PRN)
    printed = await bed.station.get(f"/orders/{request.id}/label.pdf")
    (code,) = scanned(printed.content)
    answer = await bed.station.post(f"/patients/{bed.patient}/bedside/scan", code=code)
    assert f"/orders/{request.id}/give" in answer.text


async def test_only_who_gives_prints_a_label(bed, sign) -> None:
    _, dose = await bed.order("metoprolol")
    pharmacist = await sign("pharmacist")
    assert (await pharmacist.get(f"/doses/{dose.id}/label.pdf")).status_code == 403
