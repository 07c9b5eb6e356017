"""Border: the MLLP listener of a node, in front of its intake."""

from ward.interop.hl7.intake import Intake
from ward.interop.hl7.mllp import Listener
from ward.node import Node


class Border:
    """Listens on WARD_HL7_PORT where the node was started with this part."""

    def __init__(self, node: Node) -> None:
        """Know where to listen; nothing is open yet."""
        self.node = node
        self.listener = Listener(Intake(node).handle)

    async def start(self) -> None:
        """Open the port, if this node is to take messages."""
        if "mllp" in self.node.parts:
            settings = self.node.settings
            await self.listener.start(settings.hl7_host, settings.hl7_port)

    async def stop(self) -> None:
        """Answer what is being stored, then close."""
        await self.listener.stop()
