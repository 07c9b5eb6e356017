"""Render: templates, with the few words and formats they may use."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes, pass_context
from jinja2.runtime import Context
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from ward.build import build_of
from ward.config import ROOT, Env

F = TypeVar("F", bound=Callable[..., Any])


def instant(at: datetime) -> str:
    """Write an instant for `data-at`: UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pass_context
def clock(context: Context, at: datetime) -> str:
    """Write a time of day in the place's zone: 08:04."""
    return at.astimezone(_zone(context)).strftime("%H:%M")


@pass_context
def day(context: Context, at: date) -> str:
    """Write a date: 05-Jan-2026."""
    local = at.astimezone(_zone(context)) if isinstance(at, datetime) else at
    return local.strftime("%d-%b-%Y")


@pass_context
def moment(context: Context, at: datetime) -> str:
    """Write date and time in the place's zone: 05-Jan-2026 08:04."""
    return at.astimezone(_zone(context)).strftime("%d-%b-%Y %H:%M")


@pass_context
def seconds(context: Context, at: datetime) -> str:
    """Write a time of day to the second: 08:04:31."""
    return at.astimezone(_zone(context)).strftime("%H:%M:%S")


@pass_context
def to_the_second(context: Context, at: datetime) -> str:
    """Write date and time to the second: 05-Jan-2026 08:04:31."""
    return at.astimezone(_zone(context)).strftime("%d-%b-%Y %H:%M:%S")


def label(state: Any) -> str:
    """Say a state in words."""
    return str(state.word)


def soft(name: str) -> str:
    """Let a long word break in a narrow place, with a hyphen: half a name is no other name."""
    return " ".join(_soft(word) if len(word) > SOFT else word for word in name.split(" "))


def _soft(word: str) -> str:
    return word[:3] + "".join(f"\N{SOFT HYPHEN}{letter}" for letter in word[3:-3]) + word[-3:]


def said(text: str, /, **values: Any) -> Markup:
    """Say words of a template, with what is filled in; the words are safe, the values are not."""
    return Markup(text) % values if values else _plain(text)  # noqa: S704 - the template's own words


@cache
def _plain(text: str) -> Markup:
    return Markup(text) % {}  # noqa: S704 - the template's own words


@cache
def _zone_named(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _zone(context: Context) -> ZoneInfo:
    return _zone_named(context.get("zone") or "Europe/London")


SOFT = 8  # a longer word may break
MARKS = {Env.DEMO: "DEMO", Env.TRAINING: "TRAINING", Env.TEST: "DEMO"}
"""What stands on every page, screen and paper where nobody is real."""


class _Words(NodeTransformer):
    """Says the words of a template once, when it is compiled, where nothing is filled in."""

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - as Jinja calls it
        """Put what is said in the place of the call."""
        called = self.generic_visit(node)
        match called:
            case nodes.Call(
                node=nodes.Name(name="_"), args=[nodes.Const(value=str() as text)],
                kwargs=[], dyn_args=None, dyn_kwargs=None,
            ):  # fmt: skip
                return nodes.MarkSafe(nodes.Const(str(said(text))), lineno=node.lineno)
        return called


class _Templates(Environment):
    """Jinja, with its hook before the code of a template is written."""

    def _generate(self, source: nodes.Template, *how: Any, **more: Any) -> str:
        return super()._generate(_Words().visit(source), *how, **more)


def _environment() -> Environment:
    environment = _Templates(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals |= dict.fromkeys(("lang", "dir", "kept", "title"))
    environment.globals["build"] = build_of()
    environment.globals["_"] = said
    environment.globals |= dict.fromkeys(("mark", "tour"))
    for function in (instant, clock, day, moment, seconds, to_the_second, label, soft):
        environment.filters[function.__name__] = function
    return environment


ENVIRONMENT = _environment()


def mark(env: Env) -> None:
    """Have every page of this process say whether its patients are invented."""
    ENVIRONMENT.globals["mark"] = MARKS.get(env)


def offered(function: F) -> F:
    """Let templates call a rule (`choices`): what the screen offers is what the rule allows."""
    ENVIRONMENT.globals[function.__name__] = function
    return function


def render(template: str, **context: Any) -> str:
    """Draw a template; whether patients are invented is said by the process, never by a context."""
    assert "mark" not in context
    return ENVIRONMENT.get_template(template).render(**context)


def forget() -> None:
    """Forget every piece of a screen that was kept: one of them may show what was erased."""
    _REMEMBERED.clear()


MOST_REMEMBERED = 5_000  # pieces of screens; a card is about 1.5 KB
_REMEMBERED: OrderedDict[tuple[str, ...], tuple[Any, str]] = OrderedDict()


def redraw(place: tuple[str, ...], template: str, /, **context: Any) -> str:
    """Draw a piece of a screen, or give again what stood there when nothing of it changed.

    A fragment shows its context and nothing else: no clock, no viewer.
    """
    drawn_from = (template, context)
    known = _REMEMBERED.get(place)
    if known is not None and known[0] == drawn_from:
        _REMEMBERED.move_to_end(place)
        return known[1]
    html = render(template, **context).strip()
    _REMEMBERED[place] = (drawn_from, html)
    _REMEMBERED.move_to_end(place)
    if len(_REMEMBERED) > MOST_REMEMBERED:
        _REMEMBERED.popitem(last=False)
    return html
