"""What happened to summaries: told by ids; the chart hears."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from ward.patients.events import OfPatient


@dataclass(frozen=True, slots=True)
class _OfSummary(OfPatient):
    """No page of the ward shows summaries."""

    SHOWN: ClassVar[tuple[str, ...]] = ()

    summary_id: UUID


@dataclass(frozen=True, slots=True)
class SummaryDrafted(_OfSummary):
    """A doctor writes, or has written on."""


@dataclass(frozen=True, slots=True)
class SummarySigned(_OfSummary):
    """A version is signed; the one before it is replaced."""
