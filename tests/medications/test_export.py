"""Export: a file leaves five times an hour, whatever it is of; reading goes on."""


async def test_files_are_counted_together_and_reading_is_not(ida, doctor) -> None:
    files = [f"/patients/{ida}/{one}.csv" for one in ("medications", "observations", "results")]
    answers = [await doctor.get(path) for path in [*files, *files]]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) > 60
    assert (await doctor.get(f"/patients/{ida}/medications")).status_code == 200


async def test_a_file_of_somebody_else_is_refused_and_not_counted(ida, sign) -> None:
    reception = await sign("reception")
    refused = [await reception.get(f"/patients/{ida}/medications.csv") for _ in range(7)]
    assert {answer.status_code for answer in refused} == {403}
