"""Commands: what `ward` can do, one file per kind of work."""

from ward.commands import checking, people, serving

__all__ = ["checking", "people", "serving"]
