"""Shell: what stands around every signed-in page: who, where, and where to go."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from domain.access import Permission, Role, may, permissions
from ward.security.actors import ROLES, Actor, Opened


@dataclass(frozen=True, slots=True)
class Item:
    """One way to go from the rail or the tabs."""

    href: str
    label: str
    icon: str
    here: bool


@dataclass(frozen=True, slots=True)
class Shell:
    """Who is here, what they may, where they are, and where they can go."""

    name: str
    initials: str
    role: str
    may: str
    items: list[Item]
    place: str | None
    demo: bool
    bells: tuple[UUID, ...] = ()  # the wards whose alerts call this person
    user: UUID | None = None
    idle: int = 0  # seconds until the screen locks when nobody uses it
    held: UUID | None = None  # the branch whose laboratory hears of results without a patient
    glass: tuple[Opened, ...] = ()  # the records that break-glass has opened to this person
    glasses: UUID | None = None  # the branch whose privacy officer hears of break-glass
    told: tuple[UUID, ...] = ()  # the wards whose nurse in charge hears of it
    owes: bool = False  # a factor or a password comes first: nothing is live until then


@dataclass(frozen=True, slots=True)
class Way:
    """A page the shell can lead to; shown to roles that hold the permission."""

    permission: Permission
    label: str
    icon: str
    href: Callable[[Actor], str | None]


def _board(actor: Actor) -> str | None:
    return board_of(actor.ward_id)


def board_of(ward_id: UUID | None) -> str | None:
    """Give the address of a ward's board."""
    return f"/wards/{ward_id}/beds" if ward_id else None


def _mine(actor: Actor) -> str | None:
    board = board_of(actor.ward_id)
    return f"{board}{MINE}" if board and actor.role is Role.NURSE else None


def _care(actor: Actor) -> str | None:
    nurses = actor.role in {Role.NURSE, Role.CHARGE} and actor.ward_id
    return f"/wards/{actor.ward_id}/care{MINE}" if nurses else None


def _roster(actor: Actor) -> str | None:
    charge = actor.role is Role.CHARGE and actor.ward_id  # others come to it from the board
    return f"/wards/{actor.ward_id}/duty" if charge else None


def _worklist(actor: Actor) -> str | None:
    return f"/wards/{actor.ward_id}/specimens" if actor.ward_id else None


def _desk(actor: Actor) -> str | None:
    return SCHEDULE if actor.role is Role.RECEPTION else None  # whose day is the calendar


def _arrivals(actor: Actor) -> str | None:
    return ARRIVALS if actor.role is Role.RECEPTION else None  # others come to it from a calendar


def _waitlist(actor: Actor) -> str | None:
    return WAITLIST if actor.role is Role.RECEPTION else None  # others come to it from a calendar


def _schedule(actor: Actor) -> str | None:
    return {Role.DOCTOR: f"{SCHEDULE}/mine", Role.CHARGE: SCHEDULE}.get(actor.role)


def _trail_last(actor: Actor) -> str | None:
    return None if may(actor.role, Permission.JUDGE_SIGNALS) else "/audit"


SCHEDULE = "/schedule"
OWN = "/me"  # a patient's own pages
OWN_PASSWORD = "/account/own-password"  # noqa: S105 - an address
ARRIVALS = "/arrivals"
WAITLIST = "/waitlist"
CALENDARS = "/clinics/"  # each of a clinic's pages belongs to the schedule
WHOSE = "?only=mine"  # a list opens on what is one's own
MINE = "?only=mine"  # read by choices.js: what is other people's is hidden
#: Pages that belong to one of the ways.
UNDER = {
    "/me/summaries/": "/me/summaries",
    "/audit/": "/audit",
    "/break-glass/": "/break-glass",
    "/admin/places/": "/admin/places",
    "/admin/": "/admin/users",
}
#: What stands first for whoever runs the house.
RUNS = ("Users", "Wards", "Integrations", "Jobs", "Audit", "Erasure", "Patients")
MOST_BELLS = 20  # a socket takes 32 topics
MOST_TOLD = 4  # wards whose notices reach every page; the page of notices has all
WAYS = [
    Way(Permission.VIEW_OWN, "My visits", "calendar", lambda _: OWN),
    Way(Permission.VIEW_OWN, "My calendar", "clock", lambda _: f"{OWN}/calendar"),
    Way(Permission.VIEW_OWN_SUMMARY, "My stays", "file-text", lambda _: f"{OWN}/summaries"),
    Way(Permission.VIEW_OWN, "Who looked", "eye", lambda _: "/account/access"),
    Way(Permission.JUDGE_SIGNALS, "Audit", "shield-check", lambda _: "/audit"),
    Way(Permission.VIEW_CALENDAR, "Schedule", "calendar", _desk),
    Way(Permission.VIEW_QUEUE, "Arrivals", "user-check", _arrivals),
    Way(Permission.VIEW_APPOINTMENTS, "Waiting list", "clock", _waitlist),
    Way(Permission.VIEW_GLASS_CASES, "Break-glass", "key-round", lambda _: "/break-glass"),
    Way(Permission.VERIFY_MEDICATION, "Verify", "pill", lambda _: "/pharmacy"),
    Way(Permission.SET_FORMULARY, "Medicines", "list", lambda _: "/formulary"),
    Way(Permission.GIVE_BEDS, "My patients", "user-check", _mine),
    Way(Permission.VIEW_BEDS, "Board", "layout-grid", _board),
    Way(Permission.GIVE_MEDICATION, "Medicines due", "pill", _care),
    Way(Permission.VIEW_TASKS, "Tasks", "clipboard-list", lambda _: f"/tasks{MINE}"),
    Way(Permission.GIVE_BEDS, "Roster", "users", _roster),
    Way(Permission.ACKNOWLEDGE_RESULT, "Results", "flask-conical", lambda _: f"/results{MINE}"),
    Way(Permission.RECEIVE_SPECIMEN, "Specimens", "flask-conical", lambda _: "/specimens"),
    Way(Permission.VIEW_ALERTS, "Alerts", "bell", lambda _: "/alerts"),
    Way(Permission.VIEW_CALENDAR, "Schedule", "calendar", _schedule),
    Way(Permission.COLLECT_SPECIMEN, "Specimens", "flask-conical", _worklist),
    Way(Permission.VIEW_PLACES, "Wards", "bed", lambda _: "/wards"),
    Way(Permission.SEARCH_PATIENTS, "Patients", "search", lambda _: "/patients"),
    Way(Permission.REGISTER_PATIENT, "Register", "user-plus", lambda _: "/patients/new"),
    Way(Permission.WATCH_REMINDERS, "Reminders", "message-square", lambda _: "/reminders"),
    Way(Permission.REVIEW_MESSAGES, "Integrations", "arrow-up-down", lambda _: "/hl7"),
    Way(Permission.VERIFY_TRAIL, "Audit", "shield-check", _trail_last),
    Way(Permission.MANAGE_USERS, "Users", "users", lambda _: "/admin/users"),
    Way(Permission.OPEN_PLACES, "Places", "house", lambda _: "/admin/places"),
    Way(Permission.WATCH_JOBS, "Jobs", "clock", lambda _: "/jobs"),
    Way(Permission.VIEW_ERASURES, "Erasure", "ban", lambda _: "/admin/erasures"),
]


def shell_of(actor: Actor, path: str, *, place: str | None, demo: bool) -> Shell:
    """Draw up the shell for this person on this page."""
    held = permissions(actor.role)
    ways = [(way, way.href(actor)) for way in WAYS if way.permission in held]
    if actor.role is Role.ADMIN:
        ways.sort(key=lambda one: RUNS.index(one[0].label) if one[0].label in RUNS else len(RUNS))
    hrefs = {href for _, href in ways}
    here = path if path in hrefs else f"{path}{MINE}"
    if here not in hrefs:
        here = next((way for root, way in UNDER.items() if path.startswith(root)), here)
    if path.startswith(f"{OWN}/appointments"):
        here = OWN
    elif path.startswith(CALENDARS):
        pages = (one for one in (ARRIVALS, WAITLIST) if path.endswith(one) and one in hrefs)
        here = next(pages, None) or next(
            (href for href in hrefs if href and href.startswith(SCHEDULE)), here
        )
    items = [Item(href, way.label, way.icon, here == href) for way, href in ways if href]
    return Shell(
        name=actor.display,
        initials=initials(actor.display),
        role=ROLES[actor.role],
        may=" ".join(held),
        items=items,
        place=place,
        demo=demo,
        bells=actor.wards[:MOST_BELLS] if Permission.VIEW_ALERTS in held else (),
        user=actor.id,
        idle=int(actor.idle.total_seconds()),
        held=actor.branch_id if Permission.RELEASE_RESULT in held else None,
        glass=actor.glass,
        glasses=actor.branch_id if Permission.VIEW_GLASS_CASES in held else None,
        told=actor.wards[:MOST_TOLD] if Permission.HEAR_GLASS in held else (),
        owes=actor.owes or actor.chooses,
    )


SHORTCUTS = {
    "mine": "My patients",
    "scan": "Medicines due",
    "alerts": "Alerts",
    "schedule": "Schedule",
}
"""What static/manifest.webmanifest leads to from a home screen: a name, and the way it means."""


def shortcut(actor: Actor, name: str) -> str:
    """Name the page of a shortcut for this person; where their day begins if they have none."""
    held = permissions(actor.role)
    ways = [way for way in WAYS if way.label == SHORTCUTS.get(name) and way.permission in held]
    found = (way.href(actor) for way in ways)
    return next(filter(None, found), None) or home(actor.role, actor.ward_id)


def own_password(onward: str | None) -> str:
    """Name the page where a person chooses their own password, and then goes on."""
    return f"{OWN_PASSWORD}?{urlencode({'next': onward})}" if onward else OWN_PASSWORD


def initials(name: str) -> str:
    """Give two letters of a person's display name."""
    words = [word for word in name.replace(",", " ").split() if word[0].isalpha()]
    return "".join(word[0] for word in words[:2]).upper()


def home(role: Role, ward_id: UUID | None) -> str:
    """Name the page a role begins its day on, as far as it is built."""
    held = permissions(role)
    if Permission.VIEW_OWN in held:
        return OWN
    if role is Role.RECEPTION:
        return SCHEDULE
    if Permission.VERIFY_MEDICATION in held:
        return "/pharmacy"
    if Permission.RECEIVE_SPECIMEN in held:
        return "/specimens"
    if Permission.JUDGE_SIGNALS in held:
        return "/audit"
    if Permission.VIEW_BEDS in held:
        return board_of(ward_id) or "/wards"
    return "/patients" if Permission.SEARCH_PATIENTS in held else "/account"
