"""Live: screens; one function answers "what does this screen show now?"."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from markupsafe import Markup
from sqlalchemy import Uuid, bindparam, select

from domain.access import D0, EXPLAINS, READS, RULES, DataClass, Permission, Relation, Role
from realtime import outbox
from realtime.frames import Drawing, Picture
from realtime.topics import Topic
from ward import missing, quarantine
from ward.ask import forget
from ward.crypto import Unreadable
from ward.db import Model
from ward.errors import Forbidden, Missing, NoRelation
from ward.node import Node
from ward.projections import within
from ward.quarantine import Made
from ward.relations import EXPLAINS as EXPLAINS_VIEW
from ward.relations import REACH
from ward.render import redraw, render
from ward.security import glass
from ward.security.actors import Actor, System
from ward.security.policy import Policy, Undeclared
from ward.work import Work, work_watching

LANGUAGE = "en"
WALL = "wall"


@dataclass(frozen=True, slots=True)
class Region:
    """A piece of a screen with a stable id; pushed when its bytes change."""

    id: str
    template: str
    context: Mapping[str, Any]
    patients: tuple[UUID, ...] = ()
    slot: str = "regions"
    called: str = ""  # what it is, for when nothing else of it can be shown


@dataclass(frozen=True, slots=True)
class Screen:
    """What a screen shows now: its frame and its regions."""

    template: str
    context: Mapping[str, Any]
    regions: Sequence[Region]
    zone: str = "UTC"
    also: Mapping[str, "Screen"] = field(default_factory=dict)  # views that look different


Draw = Callable[..., Awaitable[Screen]]
Parts = Callable[..., tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of screen: what it is of, who may see it, in which views, and how it is drawn.

    `parts` reads what follows the place in the key of its topic ("calendar/<clinic>/<day>").
    """

    name: str
    of: type[Model]
    permission: Permission
    views: Mapping[str, frozenset[DataClass]]
    draw: Draw
    parts: Parts | None = None

    def read(self, topic: Topic) -> tuple[Any, ...]:
        """Read the key of a topic: the place, and what this kind of screen has beside it."""
        if topic.place is None or bool(topic.parts) != bool(self.parts):
            raise Missing
        try:
            return (topic.place, *(self.parts(*topic.parts) if self.parts else ()))
        except (ValueError, TypeError):
            raise Missing from None

    @property
    def policy(self) -> Policy:
        """Declare like a route."""
        shows = frozenset[DataClass]().union(*self.views.values())
        return Policy(f"live.{self.name}", self.permission, shows)


@dataclass(frozen=True, slots=True)
class Shown:
    """A screen as a page holds it."""

    html: Markup
    topic: Topic
    view: str
    rev: int


KINDS: dict[str, Kind] = {}


def screen(
    name: str,
    permission: Permission,
    *,
    of: type[Model],
    views: Mapping[str, set[DataClass]],
    parts: Parts | None = None,
) -> Callable[[Draw], Draw]:
    """Register a screen; `views` richest first, each a set of classes of data.

    It is drawn from the id of its place, and from what `parts` reads of the rest of its key.
    """
    if name in KINDS:
        msg = f"There are two screens called {name}."
        raise Undeclared(msg)

    def register(draw: Draw) -> Draw:
        sets = {view: frozenset(classes) for view, classes in views.items()}
        KINDS[name] = Kind(name, of, permission, sets, draw, parts)
        return draw

    return register


async def show(work: Work, name: str, key: UUID | str) -> Shown:
    """Draw the viewer's view into a page, permitted and trailed exactly as watching is."""
    kind, topic = KINDS[name], Topic(name, key)
    view = await choose(work, kind, topic)
    connection = await work.connection()
    latest = await outbox.latest(connection, topic, work.node.build)
    epoch, rev = latest.epoch, latest.rev
    picture = work.node.pictures.get(topic, view, epoch, rev)
    if picture is None:
        eyes = _as_eyes(work, kind, [view])
        eyes.dated(latest)
        picture = (await _pictures(eyes, kind, topic, [view]))[view]
        work.node.pictures.keep(topic, view, epoch, rev, picture)
    work.shown(picture.patients, kind.views[bare(view)])
    return Shown(Markup(_container(picture, topic, view, epoch, rev)), topic, view, rev)  # noqa: S704


async def draw(node: Node, topic: Topic, views: frozenset[str]) -> Drawing:
    """Draw the watched views of a topic from one snapshot; for the hub.

    What a page of this node was given of the same revision is given again: what comes next is
    told as a difference to that.
    """
    kind = KINDS[topic.kind]
    classes = frozenset[DataClass]().union(*(kind.views[bare(view)] for view in views))
    async with work_watching(node, kind.policy.code, classes) as work:
        latest = await outbox.latest(await work.connection(), topic, node.build)
        work.dated(latest)
        known = {view: node.pictures.get(topic, view, latest.epoch, latest.rev) for view in views}
        pictures = {view: picture for view, picture in known.items() if picture}
        if lacking := sorted(views - pictures.keys()):
            pictures |= await _pictures(work, kind, topic, lacking)
    for view in lacking:
        node.pictures.keep(topic, view, latest.epoch, latest.rev, pictures[view])
    ahead = latest.ahead(work.now)
    return Drawing(latest.epoch, latest.rev, pictures, latest.changed_at, ahead)


async def choose(work: Work, kind: Kind, topic: Topic) -> str:
    """Choose the richest view that the role may read and a relation explains."""
    assert isinstance(work.actor, Actor)
    if not work.may(kind.permission):
        raise Forbidden
    key: UUID = kind.read(topic)[0]
    reasons = await _reasons(work, kind, key)
    if view := richest(kind, work.actor.role, reasons):
        return view
    if kind.of.scope.patient and work.may(kind.permission):
        await _exists(work, kind, key)
        raise NoRelation(key)
    raise Missing


def richest(kind: Kind, role: Role, reasons: set[DataClass]) -> str | None:
    """Name the first view whose classes the role may read and the relations explain.

    The view called `wall` is for screens on the wall, and they get no other. A patient's grant
    reaches a branch, but explains nothing of other patients there: they see what is D0.
    """
    allowed = READS[role] & reasons
    if role is Role.PATIENT and not kind.of.scope.patient:
        allowed &= {D0}
    for name, classes in kind.views.items():
        if classes <= allowed and (name == WALL) == (role is Role.WALL):
            return f"{name}.{LANGUAGE}"
    return None


def fullest(name: str, role: Role) -> str | None:
    """Name the view a role gets where every relation explains the place."""
    return richest(KINDS[name], role, set(READS[role]))


async def _reasons(work: Work, kind: Kind, key: UUID) -> set[DataClass]:
    """Tell which classes of data this person's relations explain on this place or patient."""
    actor, connection = work.actor, await work.connection()
    assert isinstance(actor, Actor)
    if kind.of.scope.patient:
        found = await connection.execute(_CODES, {"grant": actor.grant_id, "key": key})
        codes = set(found.scalars())
        if Relation.BREAK_GLASS in codes:
            await _through_glass(work, actor, key)
        return explained(codes)
    if kind.of.scope.ward:
        reach = await connection.execute(_COVERS, {"grant": actor.grant_id, "key": key})
        return covered(set(reach.scalars()))
    here = actor.id if kind.of.scope.person else actor.branch_id
    return {D0} if key == here else set()


async def _through_glass(work: Work, actor: Actor, patient_id: UUID) -> None:
    """Know what break-glass opened, though it did so after the session was read: for the trail."""
    if all(one.patient_id != patient_id for one in actor.glass):
        opened = await glass.of_grant(await work.connection(), actor.grant_id)
        work.actor = replace(actor, glass=opened)
        work.intent = replace(work.intent, glass=opened)


_GRANT, _KEY = (bindparam(name, type_=Uuid) for name in ("grant", "key"))
_CODES = select(EXPLAINS_VIEW.c.code).where(
    EXPLAINS_VIEW.c.grant_id == _GRANT, EXPLAINS_VIEW.c.patient_id == _KEY
)
_COVERS = select(REACH.c.covers).where(REACH.c.grant_id == _GRANT, REACH.c.ward_id == _KEY)


def explained(codes: set[str]) -> set[DataClass]:
    """Join what the relations of a patient explain."""
    return set[DataClass]().union(*(EXPLAINS[Relation(code)] for code in codes))


def covered(covers: set[bool]) -> set[DataClass]:
    """Join what a grant explains on a ward: D0 within its branch, all on its own wards."""
    if not covers:
        return set()
    return set(EXPLAINS[Relation.WARD]) if True in covers else {D0}


async def _exists(work: Work, kind: Kind, key: UUID) -> None:
    found = await (await work.connection()).execute(select(kind.of.id).where(kind.of.id == key))
    if found.first() is None:
        raise Missing


def bare(view: str) -> str:
    """Take the language off a view's name."""
    return view.rpartition(".")[0]


def _as_eyes(work: Work, kind: Kind, views: Sequence[str]) -> Work:
    """Stand for the eyes on a view, inside the viewer's own snapshot."""
    classes = frozenset[DataClass]().union(*(kind.views[bare(view)] for view in views))
    return work.watched(System("hub", frozenset()), classes)


async def _pictures(
    work: Work, kind: Kind, topic: Topic, views: Sequence[str]
) -> dict[str, Picture]:
    key, container = kind.read(topic), str(topic).replace("/", "-")

    async def draw() -> Screen:
        forget(work)
        return await kind.draw(work, *key)

    try:
        drawn, made = await quarantine.around(draw)
    except Unreadable as error:
        return dict.fromkeys(views, missing.nothing(container, error))
    return {
        view: _picture(
            (container, view), drawn.also.get(bare(view), drawn), kind.views[bare(view)], made
        )
        for view in views
    }


def _picture(
    place: tuple[str, str], drawn: Screen, classes: frozenset[DataClass], made: Made
) -> Picture:
    regions = {
        region.id: redraw(
            (*place, region.id),
            region.template,
            zone=drawn.zone,
            **within(region.context, classes),
        )
        for region in drawn.regions
    }
    regions = missing.instead(regions, drawn.regions, made)
    slots: dict[str, list[str]] = {"regions": []}
    marks: dict[str, str] = {}
    for region in drawn.regions:
        slots.setdefault(region.slot, []).append(regions[region.id])
    for slot in slots:  # the ids are part of what stands around: a region may change its slot
        ids = (region.id for region in drawn.regions if region.slot == slot)
        marks[slot] = f"<!--{slot}: {' '.join(ids)}-->"
    context = within(drawn.context, classes)
    whole = render(drawn.template, zone=drawn.zone, **context, **_marked(marks))
    around = missing.note(made.left) + whole
    body = around
    for slot, pieces in slots.items():
        body = body.replace(marks[slot], "\n".join(pieces), 1)
    patients = frozenset(patient for region in drawn.regions for patient in region.patients)
    return Picture(container=place[0], body=body, around=around, regions=regions, patients=patients)


def _marked(marks: Mapping[str, str]) -> dict[str, Markup]:
    return {slot: Markup(mark) for slot, mark in marks.items()}  # noqa: S704 - our own marks


def _container(picture: Picture, topic: Topic, view: str, epoch: str, rev: int) -> str:
    head = Markup(
        '<section id="{}" data-topic="{}" data-view="{}" data-rev="{}" data-epoch="{}">'
    ).format(picture.container, topic, view, rev, epoch)
    return f"{head}{picture.body}</section>"


def refuse_undeclared(kinds: Mapping[str, Kind] = KINDS) -> None:
    """Refuse to start with a screen whose views go beyond what any role may read."""
    for kind in kinds.values():
        if not kind.views or RULES[kind.permission].data is None:
            msg = f"The screen {kind.name} does not say what it shows."
            raise Undeclared(msg)
