"""Trying: somebody asks whether a receiver can be reached; no message is sent for it."""

import asyncio
import socket
from dataclasses import dataclass

from ward.interop.hl7.outbound.receivers import Receiver

PATIENCE = 5.0
"""Seconds until nobody is there."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it, in a sentence."""

    reached: bool
    sentence: str


async def reach(receiver: Receiver, *, patience: float = PATIENCE) -> Tried:
    """Open a connection and close it again: MLLP has no way to ask who is there."""
    try:
        async with asyncio.timeout(patience):
            _, writer = await asyncio.open_connection(receiver.host, receiver.port)
    except OSError as error:  # a timeout too
        return Tried(reached=False, sentence=_why(receiver, error, patience))
    writer.close()
    told = f"Somebody listens at {receiver.address}. The first message shows who it is."
    return Tried(reached=True, sentence=told)


def _why(receiver: Receiver, error: OSError, patience: float) -> str:
    at = receiver.address
    match error:
        case TimeoutError():
            within = f"{patience:g} seconds"
            return f"No answer from {at} within {within}. A firewall may stand between."
        case ConnectionRefusedError():
            return f"Nobody listens at {at}. Check the port, and that the receiver runs."
        case socket.gaierror():
            return f"The name {receiver.host} is not known here. Check how it is written."
        case _:
            return f"There is no way to {at} from here. Check the address and the network."
