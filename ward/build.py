"""Build: the name of this build, so that two builds are never mistaken for one."""

import hashlib
from functools import cache

from ward.config import ROOT


@cache
def build_of() -> str:
    """Name this build by its templates and code: two builds draw different bytes."""
    digest = hashlib.sha256()
    for folder in ("templates", "ward", "domain", "realtime"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".html"}:
                digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:8]
