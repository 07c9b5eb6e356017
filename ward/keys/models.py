"""Tables: which nodes are here, and which versions of the keys each of them has."""

from datetime import datetime

from sqlalchemy.orm import Mapped

from ward.db import Model, clear

TOPIC = "keys/now"  # a poke, not a topic: look at the keys again


class KeyNode(Model):
    """A running process that opens what is sealed; it says every few seconds that it is here."""

    __tablename__ = "key_node"

    name: Mapped[str] = clear("name of the node, as WARD_NODE says")
    knows: Mapped[int]  # the newest version of the KEK it can open
    wraps: Mapped[int]  # the version it wraps new data keys by
    seen_at: Mapped[datetime]
