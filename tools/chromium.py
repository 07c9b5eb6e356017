"""Chromium: find the browser the tests drive, or get one. `python -m tools.chromium`."""

import os
import shutil
import subprocess
import sys

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_GET = (
    ["apt-get", "update", "-qq"],
    ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
"""How the tests start it: containers have no graphics card and no room for its sandbox."""


def find() -> str | None:
    """Return the path of a Chromium on this machine: $CHROMIUM, or the first known name."""
    names = filter(None, (os.environ.get("CHROMIUM"), *_NAMES))
    return next(filter(None, map(shutil.which, names)), None)


def get() -> str | None:
    """Install one from the distribution's own packages; only root may."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    print("No Chromium found; installing the distribution's …", file=sys.stderr)
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in _GET:
        if subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL, check=False).returncode:
            return None
    return find()


def main() -> None:
    """Make sure there is one, or say what to do."""
    if not (find() or get()):
        sys.exit(
            "The browser tests need a Chromium and none is on the PATH. Install the package"
            " `chromium` (or Google Chrome), or name one: CHROMIUM=/path/to/chromium make test"
        )


if __name__ == "__main__":
    main()
