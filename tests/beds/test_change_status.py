"""A nurse changes the state of a bed: the whole path, through its real doors."""

from realtime.topics import Topic


async def test_every_screen_on_the_ward_shows_the_change(open_scene, nurse, doctor) -> None:
    bed = await open_scene.bed("6E-01")
    async with doctor.watch(Topic("beds", open_scene.east)) as screen:
        answer = await nurse.post(f"/beds/{bed.id}/status", to="H", version=bed.version)
        assert answer.status_code == 200, answer.text
        await screen.until(answer.text.strip())
    board = await doctor.get(f"/wards/{open_scene.east}/beds")
    assert answer.text.strip() in board.text  # pushed, answered and fetched are one


async def test_a_refused_change_says_why_and_moves_nothing(open_scene, nurse) -> None:
    bed = await open_scene.bed("6E-01")
    answer = await nurse.post(f"/beds/{bed.id}/status", to="O", version=bed.version)
    assert answer.status_code == 409
    assert "A bed cannot go from Ready to Occupied." in answer.text
    assert (await open_scene.bed("6E-01")).version == bed.version


async def test_a_form_that_saw_an_older_bed_is_refused(open_scene, nurse) -> None:
    bed = await open_scene.bed("6E-01")
    await nurse.post(f"/beds/{bed.id}/status", to="H", version=bed.version)
    answer = await nurse.post(f"/beds/{bed.id}/status", to="K", version=bed.version)
    assert answer.status_code == 409


async def test_a_doctor_may_look_but_not_touch(open_scene, doctor) -> None:
    bed = await open_scene.bed("6E-01")
    answer = await doctor.post(f"/beds/{bed.id}/status", to="H", version=bed.version)
    assert answer.status_code == 403


async def test_a_bed_is_reserved_released_blocked_and_closed(open_scene, charge) -> None:
    bed = await open_scene.bed("6E-02")

    async def press(path, **fields):
        seen = (await open_scene.bed("6E-02")).version
        answer = await charge.post(f"/beds/{bed.id}/{path}", version=seen, **fields)
        assert answer.status_code == 200, (path, answer.text)
        return answer.text

    assert 'data-overlay="reserved"' in await press("reserve", note="From the clinic")
    sheet = await charge.get(f"/beds/{bed.id}/reservation", headers={"hx-request": "true"})
    assert "From the clinic" in sheet.text
    assert "data-overlay" not in await press("release")
    assert "Not staffed" in await press("block", reason="staffing")
    assert "data-overlay" not in await press("unblock")
    assert 'data-status="C"' in await press("close", reason="fault", note="Call bell")
    assert 'data-status="H"' in await press("status", to="H")
    assert 'data-status="U"' in await press("status", to="U")


async def test_other_reasons_must_be_told(open_scene, charge) -> None:
    bed = await open_scene.bed("6E-02")
    answer = await charge.post(f"/beds/{bed.id}/block", reason="other", version=bed.version)
    assert answer.status_code == 409
    assert "Say why" in answer.text


async def test_every_sheet_of_an_empty_bed_opens(open_scene, charge) -> None:
    bed = await open_scene.bed("6E-03")
    for name in ("actions", "reserve", "reservation", "block", "close", "admit", "movements"):
        for headers in ({"hx-request": "true"}, {}):
            answer = await charge.get(f"/beds/{bed.id}/{name}", headers=headers)
            assert answer.status_code == 200, (name, answer.text)


async def test_the_wards_of_the_branch_lead_to_their_boards(open_scene, nurse) -> None:
    page = await nurse.get("/wards")
    assert page.status_code == 200, page.text
    assert f'<a href="/wards/{open_scene.east}/beds">Six East</a>' in page.text
    assert "Harbour" not in page.text


async def test_the_house_view_follows_a_bed(open_scene, nurse, ward) -> None:
    bed = await open_scene.bed("6E-01")
    async with nurse.watch(Topic("wards", bed.branch_id)) as screen:
        await nurse.post(f"/beds/{bed.id}/status", to="H", version=bed.version)
        await screen.until(f'id="ward-{open_scene.east}"')
