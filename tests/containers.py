"""Container: what a browser shows of a live screen: read from a page, moved on by frames."""

import re
from dataclasses import dataclass, replace
from typing import Any

from realtime.gate import Shown, Verdict, judge

_HEAD = '<section id="{}-{}" data-topic="{}" data-view="'
_TOLD = re.compile(r'([^"]*)" data-rev="(\d+)" data-epoch="([^"]*)">')
_PARTIAL = re.compile(
    r'<hx-partial hx-target="#([^"]+)" hx-swap="(innerMorph|outerMorph)">(.*?)</hx-partial>',
    re.DOTALL,
)


@dataclass(slots=True)
class Container:
    """One live container, as the markup between its tags."""

    topic: str
    view: str = ""
    epoch: str = ""
    rev: int = 0
    body: str = ""

    @classmethod
    def read(cls, page: str, topic: str) -> "Container":
        """Find the container of this topic in a page."""
        kind, _, key = topic.partition("/")
        key = key.replace("/", "-")
        head = _HEAD.format(kind, key, topic)
        start = page.index(head)
        told = _TOLD.match(page, start + len(head))
        assert told is not None
        outer = element(page, f"{kind}-{key}")
        inner = outer[outer.index(">") + 1 : -len("</section>")]
        return cls(topic, told[1], told[3], int(told[2]), inner)

    def copy(self) -> "Container":
        """Keep what is shown now, as a page that hears nothing more does."""
        return replace(self)

    @property
    def claim(self) -> list[Any]:
        """Say what is shown, as the browser does when it subscribes."""
        return [self.epoch or None, self.rev, self.view or None]

    def hear(self, frame: dict[str, Any]) -> Verdict:
        """Let a frame through the gate and apply it, as live.js does."""
        verdict = judge(Shown(self.epoch, self.rev), frame["e"], frame["p"], frame["r"])
        if verdict is Verdict.APPLY:
            if frame["p"] and (frame["v"] != self.view or not all(map(self.has, frame["k"]))):
                return Verdict.SNAP
            for target, swap, html in partials(frame["content"]):
                self.body = html if swap == "innerMorph" else self._morphed(target, html)
            self.view, self.epoch, self.rev = frame["v"], frame["e"], frame["r"]
        return verdict

    def has(self, name: str) -> bool:
        """Tell whether an element of this id is shown."""
        return f' id="{name}"' in self.body

    def _morphed(self, target: str, html: str) -> str:
        return self.body.replace(element(self.body, target), html, 1)


def partials(content: str) -> list[tuple[str, str, str]]:
    """Take a frame's content apart: target, swap and markup of each piece."""
    assert not _PARTIAL.sub("", content).strip(), "nothing stands beside the partials"
    return _PARTIAL.findall(content)


def element(html: str, name: str) -> str:
    """Find the whole element of this id."""
    opening = re.search(rf'<([a-z0-9-]+)(?:\s[^<>]*?)? id="{re.escape(name)}"', html)
    assert opening is not None, f"no element {name}"
    depth = 0
    for tag in re.finditer(rf"<(/?){opening[1]}\b[^>]*>", html[opening.start() :]):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return html[opening.start() : opening.start() + tag.end()]
    raise AssertionError(f"{name} is never closed")
