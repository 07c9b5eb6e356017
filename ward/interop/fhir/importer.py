"""Importer: FHIR files into Ward; twice is once, and what is bad stays out by itself.

Each resource is one transaction under the keys of its sender, so an import that was interrupted
goes on where it stopped when it is run again. All facts are held in memory meanwhile.
"""

import asyncio
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from ward.errors import Unavailable
from ward.interop.fhir.outcomes import Outcome, Skipped, Taken, refuse
from ward.interop.fhir.plan import OVERTAKEN, Plan, Record, plan
from ward.interop.fhir.recorder import Recorder
from ward.interop.fhir.report import Report, Verdict
from ward.interop.fhir.stream import stream
from ward.node import Node

TOLD_EVERY = 100  # resources read between two words on progress


class Step(StrEnum):
    """What an import does at the moment."""

    READING = "Reading"
    RECORDING = "Recording"


class Progress(Protocol):
    """Hears how far an import is; `total` is None while nobody knows. From any thread."""

    def __call__(self, step: Step, done: int, total: int | None) -> None:
        """Hear it."""


def silent(step: Step, done: int, total: int | None) -> None:
    """Hear of progress and do nothing."""
    del step, done, total


async def import_fhir(
    node: Node | None,
    paths: Iterable[Path],
    *,
    progress: Progress = silent,
    dry_run: bool = False,
    sender: str | None = None,
) -> Report:
    """Take files and folders in, and report on every resource in them.

    A dry run needs no node: it says what the files alone tell. Raises Unavailable when the
    database stays away; what was recorded until then stays.
    """
    made = await asyncio.to_thread(_read, list(paths), sender, progress)
    report = Report()
    for left_out in made.out:
        report.note(left_out)
    recorder = Recorder(None if dry_run else node, sender)
    for done, record in enumerate(made.records):
        progress(Step.RECORDING, done, len(made.records))
        try:
            outcome, verdict = await recorder.record(record)
        except Unavailable as error:
            raise Unavailable(_interrupted(error, done, len(made.records))) from error
        _count(report, record, outcome, verdict)
    progress(Step.RECORDING, len(made.records), len(made.records))
    return report


def _read(paths: list[Path], sender: str | None, progress: Progress) -> Plan:
    outcomes: list[Outcome] = []
    progress(Step.READING, 0, None)
    for outcome in stream(paths, sender=sender):
        outcomes.append(outcome)
        if len(outcomes) % TOLD_EVERY == 0:
            progress(Step.READING, len(outcomes), None)
    progress(Step.READING, len(outcomes), len(outcomes))
    return plan(outcomes)


def _count(report: Report, record: Record, outcome: Outcome, verdict: Verdict) -> None:
    """Count a thing that was recorded, and every other resource that told of it."""
    report.count(outcome, verdict)
    for other in record.others:
        report.count(*_also(other, record.taken, outcome, verdict))


def _also(
    other: Taken, newest: Taken, outcome: Outcome, verdict: Verdict
) -> tuple[Outcome, Verdict]:
    if other.fact != newest.fact:
        return Skipped(other.where, other.kind, OVERTAKEN), Verdict.SKIPPED
    if isinstance(outcome, Taken):
        return other, Verdict.UNCHANGED
    if isinstance(outcome, Skipped):
        return Skipped(other.where, other.kind, outcome.reason), verdict
    problem = outcome.problems[0]
    return refuse(other.where, other.kind, problem.element, problem.message), verdict


def _interrupted(error: Unavailable, done: int, total: int) -> str:
    return (
        f"{error.sentence} {done} of {total} are in and stay in; run the same command again"
        " to go on."
    )
