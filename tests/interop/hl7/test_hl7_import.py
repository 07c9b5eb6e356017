"""Import: messages from files; twice is once, and what is wrong is named."""

from pathlib import Path

from tests.interop.hl7.border import adt, lying, rows
from tests.interop.hl7.corpus import DATA
from ward.interop.hl7.importing import import_hl7
from ward.interop.hl7.report import Verdict
from ward.node import Node


async def test_files_are_taken_in_once_and_processed(quiet: Node, tmp_path: Path) -> None:
    both = adt("A01", "1") + adt("A08", "2")
    (tmp_path / "day.hl7").write_bytes(both.replace(b"\r", b"\n"))
    (tmp_path / "empty.hl7").write_bytes(b"")
    (tmp_path / "notes.md").write_text("no message")
    heard: list[tuple[int, int]] = []
    report = await import_hl7(quiet, [tmp_path], lambda done, total: heard.append((done, total)))
    assert report.counts == {Verdict.TAKEN: 2}
    assert (report.failed, report.settled, heard[-1]) == (1, 2, (2, 2))
    assert await lying(quiet) == {"Six East 04": "O"}
    again = await import_hl7(quiet, [tmp_path])
    assert (again.counts, again.settled) == ({Verdict.REPEATED: 2}, 0)
    assert await rows(quiet, "SELECT count(*) FROM hl7_message") == [(2,)]


async def test_a_dry_run_judges_the_whole_corpus_without_a_node() -> None:
    report = await import_hl7(None, [DATA], dry_run=True)
    assert sum(report.counts.values()) == 202  # one file is empty
    assert report.counts[Verdict.REFUSED] > 0
    assert all(one.where.startswith(str(DATA)) for one in report.complaints)
    assert report.as_json()["files_failed"] == 1


async def test_a_path_that_does_not_exist_is_named(quiet: Node) -> None:
    report = await import_hl7(quiet, [Path("/nowhere/at-all.hl7")])
    assert not report.clean
    assert "cannot be read" in report.complaints[0].text
