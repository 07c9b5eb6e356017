"""Commands: what `ward` can do, one file per kind of work."""

from ward.commands import people, serving

__all__ = ["people", "serving"]
