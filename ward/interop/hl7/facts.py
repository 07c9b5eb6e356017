"""Facts: what an accepted message says, by its kind."""

from datetime import tzinfo
from typing import TypeAlias

from ward.interop.hl7.adt import AdtFact, fact
from ward.interop.hl7.oru import RESULT, OruFact, oru_fact
from ward.interop.hl7.rde import ORDER, RdeFact, rde_fact
from ward.interop.hl7.wire import Reading

Fact: TypeAlias = AdtFact | OruFact | RdeFact


def fact_of(reading: Reading, zone: tzinfo) -> Fact:
    """Read an accepted message that Ward acts on."""
    if reading.envelope.type == RESULT:
        return oru_fact(reading, zone)
    if reading.envelope.type == ORDER:
        return rde_fact(reading, zone)
    return fact(reading, zone)
