"""Figures: how a distribution is told."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


def percentile(values: Sequence[float], share: float) -> float:
    """Give the value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a report: what was measured, what came out, and the bar."""

    name: str
    value: str
    bar: str = ""


def spread(seconds: Sequence[float]) -> str:
    """Tell a distribution of times in milliseconds."""
    at = {name: 1000 * percentile(seconds, share) for name, share in _SHARES}
    told = ", ".join(f"{name} {value:.1f}" for name, value in at.items())
    return f"{told} ms (n={len(seconds)})"


_SHARES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))


def machine() -> str:
    """Name the machine by its cores, memory and kernel."""
    memory = Path("/proc/meminfo").read_text("ascii").split("\n", 1)[0].split()[1]
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, {int(memory) // 2**20} GiB, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}, load {load:.1f} at the start"
    )


def told(title: str, figures: Sequence[Figure]) -> str:
    """Write a table in Markdown."""
    rows = [f"| {figure.name} | {figure.value} | {figure.bar} |" for figure in figures]
    return "\n".join([f"## {title}", "", "| measured | value | bar |", "|---|---|---|", *rows, ""])


def as_json(figures: Sequence[Figure]) -> str:
    """Write one object a line."""
    return "\n".join(json.dumps({"name": f.name, "value": f.value, "bar": f.bar}) for f in figures)
