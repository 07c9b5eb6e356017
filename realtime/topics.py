"""Topics: what a screen is about, "beds/<ward>" or "calendar/<branch>/<day>"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering
from uuid import UUID

KIND = re.compile(r"[a-z][a-z0-9_]{0,31}")
KEY = re.compile(r"[A-Za-z0-9._:-]{1,80}(/[A-Za-z0-9._:-]{1,40}){0,2}")


@total_ordering
@dataclass(frozen=True, slots=True)
class Topic:
    """One audience and one revision; a key that spells a UUID is one."""

    kind: str
    key: UUID | str

    def __post_init__(self) -> None:
        if not KIND.fullmatch(self.kind):
            raise ValueError(f"{self.kind!r} is no kind of topic")
        if isinstance(self.key, str):
            object.__setattr__(self, "key", _key(self.key))

    @classmethod
    def parse(cls, text: str) -> Topic:
        """Read "kind/key"; anything else is a ValueError."""
        kind, _, key = text.partition("/")
        return cls(kind, key)

    @property
    def place(self) -> UUID | None:
        """Give the first part of the key, which rights hang on; None where it names nothing."""
        first = self.key if isinstance(self.key, UUID) else _key(self.key.partition("/")[0])
        return first if isinstance(first, UUID) else None

    @property
    def parts(self) -> tuple[str, ...]:
        """Give what follows the first part of the key: the day of a calendar."""
        return tuple(str(self.key).split("/")[1:])

    def __str__(self) -> str:
        return f"{self.kind}/{self.key}"

    def __lt__(self, other: Topic) -> bool:
        return str(self) < str(other)


def _key(text: str) -> UUID | str:
    if not KEY.fullmatch(text):
        raise ValueError(f"{text!r} is no key of a topic")
    try:
        return UUID(text) if len(text) == 36 else text
    except ValueError:
        return text
