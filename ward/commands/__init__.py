"""Commands: what `ward` can do, one file per kind of work."""

from ward.commands import checking, importing, people, serving

__all__ = ["checking", "importing", "people", "serving"]
