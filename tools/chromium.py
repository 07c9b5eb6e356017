"""Chromium: find the browser the tests drive, or get one. `python -m tools.chromium`.

What drives it, Playwright's own Node.js, needs a library that a bare system may lack.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

_SMALL = "chromium-headless-shell"  # draws no window, so that the tests take a quarter less time
_NAMES = (_SMALL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_DRIVER = [sys.executable, "-m", "playwright", "--version"]
_LIBRARY = "libatomic1"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
"""How the tests start it: containers have no graphics card and no room for its sandbox."""


def find() -> str | None:
    """Return the path of a Chromium on this machine: $CHROMIUM, or the first known name."""
    names = filter(None, (os.environ.get("CHROMIUM"), *_NAMES))
    return next(filter(None, map(shutil.which, names)), None)


def drives() -> bool:
    """Say whether Playwright's driver starts here."""
    return subprocess.run(_DRIVER, capture_output=True, check=False).returncode == 0


def get(packages: Sequence[str]) -> bool:
    """Install the distribution's own packages; only root may."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    print(f"Not here: {', '.join(packages)}; installing the distribution's …", file=sys.stderr)
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    return all(
        subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL, check=False).returncode == 0
        for command in (["apt-get", "update", "-qq"], install)
    )


def main() -> None:
    """Make sure there are both, or say what to do."""
    if not drives():
        get([_LIBRARY])
    if not find() and not get([_SMALL]):
        get(["chromium"])
    if not find():
        sys.exit(
            "The browser tests need a Chromium and none is on the PATH. Install the package"
            " `chromium` (or Google Chrome), or name one: CHROMIUM=/path/to/chromium make test"
        )
    if not drives():
        sys.exit(f"Playwright does not start. Install the package `{_LIBRARY}` and try again.")


if __name__ == "__main__":
    main()
