"""Ports: a number that stays free until whoever it is meant for listens on it."""

import random
import socket
from pathlib import Path

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST, _USUAL = 20_000, 32_768


def free_port() -> int:
    """Give a port of the loopback that nobody listens on, and that no connection is given.

    One that the system gave a moment ago it may give to another test before it is used.
    """
    below = int(_RANGE.read_text().split()[0]) if _RANGE.exists() else _USUAL
    while True:
        port = random.SystemRandom().randrange(_LOWEST, max(below, _LOWEST + 1_000))
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
