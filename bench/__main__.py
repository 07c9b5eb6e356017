"""Bench: `make bench [B="board fanout"]` measures, prints a report, and keeps no secrets."""

import contextlib
import functools
import importlib
import sys
import traceback

from bench.figures import machine, told
from bench.hospital import hospital

TITLES = {
    "board": "Opening the board",
    "fanout": "One change on a thousand screens",
    "latency": "From one station's post to another's page",
    "lists": "Lists and searches",
    "losses": "What a kill costs the trail",
    "search": "Searching 200,000 sealed patients",
    "bedside": "From the bedside to whoever is called",
    "medicines": "The chart of medicines",
    "labs": "From the laboratory to whoever must act",
    "scheduling": "A day of a clinic",
    "booking": "The desks of a clinic",
    "audit": "The trail, sealed and asked",
    "revocation": "The end of a right, and the next person at a tablet",
    "reminders": "Messages to patients",
    "keys": "A new key while everybody reads",
}

ALONE = {"medicines"}  # it moves the clock of its hospital


def main() -> None:
    """Run what was asked for, or everything."""
    wanted, failed = sys.argv[1:] or list(TITLES), False
    print(f"# Measurements\n\n{machine()}\n", flush=True)
    with contextlib.ExitStack() as stack:
        shared = functools.cache(lambda: stack.enter_context(hospital()))
        for name in wanted:
            measure = importlib.import_module(f"bench.{name}").measure
            try:
                with hospital() if name in ALONE else contextlib.nullcontext(shared()) as place:
                    print(told(TITLES[name], measure(place)), flush=True)
            except Exception:  # noqa: BLE001 - the other parts have their figures to tell
                traceback.print_exc()
                print(f"## {TITLES[name]}\n\nNot measured: this part failed.\n", flush=True)
                failed = True
    sys.exit(failed)


if __name__ == "__main__":
    main()
