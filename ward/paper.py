"""Paper: what leaves Ward as PDF, tagged so that a screen reader reads it too (PDF/UA-1)."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache
from typing import Any

import typst

from domain import display
from domain.errors import NotAllowed
from ward.config import ROOT, Env
from ward.render import MARKS
from ward.security.actors import Actor
from ward.work import Work

TEMPLATES = ROOT / "templates" / "pdf"


@dataclass(frozen=True, slots=True, repr=False)
class Stamp:
    """What stands on every page: whom it is about, who printed it when, how old it is."""

    identity: str
    by: str
    at: datetime
    as_of: datetime
    zone: tzinfo
    demo: bool
    mark: str = MARKS[Env.DEMO]  # what it says where `demo` is true

    @property
    def words(self) -> dict[str, str | bool]:
        """Write it as the templates show it."""
        return {
            "identity": self.identity,
            "by": self.by,
            "at": display.instant(self.at, self.zone),
            "as_of": display.instant(self.as_of, self.zone),
            "demo": self.demo,
            "mark": self.mark,
        }


def stamp(work: Work, identity: str, zone: tzinfo, *, as_of: datetime | None = None) -> Stamp:
    """Make the stamp of what this work prints; `as_of` is now unless an older state is printed."""
    by = work.actor.display if isinstance(work.actor, Actor) else work.actor.name
    word = MARKS.get(work.node.settings.env)
    return Stamp(identity, by, work.now, as_of or work.now, zone, word is not None, word or "")


async def pdf(
    template: str,
    data: Mapping[str, Any],
    stamped: Stamp,
    codes: Mapping[str, str] | None = None,
) -> bytes:
    """Print a template of templates/pdf; beside the event loop, it takes some milliseconds.

    `data` is JSON and stays text: nothing in it is read as markup. `codes` are SVG by name
    (ward.codes). Raises NotAllowed when a character has no letter in the fonts.
    """
    inputs = {
        "data": json.dumps(data),
        "stamp": json.dumps(stamped.words),
        "codes": json.dumps(codes or {}),
    }
    return await asyncio.to_thread(_compiled, template, inputs, stamped.at.replace(microsecond=0))


def _compiled(template: str, inputs: dict[str, str], at: datetime) -> bytes:
    try:
        made = typst.compile(
            TEMPLATES / f"{template}.typ",
            root=TEMPLATES,
            font_paths=_fonts(),
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs=inputs,
            pdf_standards=["ua-1"],
            timestamp=at,
        )
    except typst.TypstError as error:
        if "could not be displayed" in str(error):
            raise _unwritable(str(error)) from None
        raise Unprinted(template, error) from None
    assert isinstance(made, bytes)
    return made


def _unwritable(message: str) -> NotAllowed:
    letters = message.partition('"')[2].partition('"')[0]
    return NotAllowed(
        f"This cannot be printed: the fonts have no letters for {letters}."
        " Ask registration for a name in Latin, Greek or Cyrillic letters.",
        "paper.letters",
    )


class Unprinted(RuntimeError):
    """A template is wrong; says where, and not what was printed, which the message may quote."""

    def __init__(self, template: str, error: typst.TypstError) -> None:
        place = error.diagnostic.partition("\n")[2]
        super().__init__(f"The template {template} could not be printed.\n{place}")


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(TEMPLATES / "fonts")],
    )
