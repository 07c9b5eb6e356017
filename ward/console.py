"""Console: how a command speaks: sentences for a person, one JSON object a line for a program."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TextIO

from rich.console import Console as Rich
from rich.console import RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text


class Rate(ProgressColumn):
    """How many pieces a second are done."""

    def render(self, task: Task) -> Text:
        """Write it; nothing while it is not known."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "")


@dataclass(slots=True)
class Console:
    """What a command says; a failure goes to the error stream in either form."""

    json: bool = False
    out: TextIO | None = None
    err: TextIO | None = None
    _out: Rich = field(init=False)
    _err: Rich = field(init=False)

    def __post_init__(self) -> None:
        """Open both streams; nothing is coloured that is not a terminal."""
        self._out = Rich(file=self.out, highlight=False, soft_wrap=True)
        self._err = Rich(file=self.err, stderr=self.err is None, highlight=False, soft_wrap=True)

    def say(self, sentence: str, **facts: Any) -> None:
        """Say something: the sentence to a person, the facts to a program."""
        if self.json:
            self._line(self._out, facts or {"message": sentence})
        else:
            self._out.print(sentence, markup=False)

    def table(self, title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Say many things of one kind."""
        if self.json:
            for row in rows:
                self._line(self._out, dict(zip(heads, row, strict=True)))
            return
        table = Table(*heads, title=title, title_justify="left", box=None, pad_edge=False)
        for row in rows:
            table.add_row(*map(Text, row))  # a name is no markup
        self._out.print(table)

    def show(self, picture: RenderableType, **facts: Any) -> None:
        """Show something that draws itself to a person, and its facts to a program."""
        if self.json:
            self._line(self._out, facts)
        else:
            self._out.print(picture)

    def fail(self, sentence: str) -> None:
        """Say what went wrong."""
        if self.json:
            self._line(self._err, {"error": sentence})
        else:
            self._err.print(sentence, style="bold red", markup=False)

    def progress(self) -> Progress:
        """Return a bar for long work; a program and a log file see nothing of it."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        quiet = self.json or not self._err.is_terminal
        return Progress(*columns, Rate(), TimeRemainingColumn(), console=self._err, disable=quiet)

    @staticmethod
    def _line(stream: Rich, facts: dict[str, Any]) -> None:
        stream.file.write(json.dumps(facts, ensure_ascii=False, default=str) + "\n")
        stream.file.flush()
