"""Policies: what every route and screen declares before the app starts."""

from dataclasses import dataclass

from domain.access import RULES, DataClass, Permission


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may come here (a permission, or everybody), what it shows, and its audit code."""

    code: str
    permission: Permission | None  # None: open to everybody, shows nothing of anybody
    shows: frozenset[DataClass] = frozenset()
    asks: bool = False  # a question in a POST: its words belong into no address, nothing is kept
    scans: bool = False  # a page whose scripts may open the camera and run the reader of codes
    fresh: bool = False  # needs a fresh proof of who asks: exports, keys, who may sign in
    owing: bool = False  # open to who must set up a second factor before anything else
    choosing: bool = False  # open to who must choose a password of their own before that
    locked: bool = False  # what a locked screen may still say: keep what was typed

    def __post_init__(self) -> None:
        if self.permission is None and self.shows:
            msg = f"{self.code} is public and yet declares data."
            raise Undeclared(msg)
        rule = RULES[self.permission] if self.permission else None
        if rule and rule.data and not self.shows and not rule.writes:
            msg = f"{self.code} needs {self.permission} and must declare what it shows."
            raise Undeclared(msg)


class Undeclared(RuntimeError):
    """A route or screen without a policy: the app refuses to start."""
