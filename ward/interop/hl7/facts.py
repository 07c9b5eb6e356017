"""Facts: what an accepted message says, by its kind."""

from datetime import tzinfo
from typing import TypeAlias

from ward.interop.hl7.adt import AdtFact, fact
from ward.interop.hl7.oru import RESULT, OruFact, oru_fact
from ward.interop.hl7.rde import ORDER, RdeFact, rde_fact
from ward.interop.hl7.siu.fact import SiuFact, siu_fact
from ward.interop.hl7.siu.parts import SCHEDULING
from ward.interop.hl7.wire import Reading

Fact: TypeAlias = AdtFact | OruFact | RdeFact | SiuFact


def fact_of(reading: Reading, zone: tzinfo) -> Fact:
    """Read an accepted message that Ward acts on."""
    if reading.envelope.type == RESULT:
        return oru_fact(reading, zone)
    if reading.envelope.type == ORDER:
        return rde_fact(reading, zone)
    if reading.envelope.type == SCHEDULING:
        return siu_fact(reading, zone)
    return fact(reading, zone)
