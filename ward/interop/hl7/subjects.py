"""Subjects: whom a message is about, as keyed hashes; by them messages keep their order."""

from collections.abc import Iterable, Iterator

from ward.crypto import Vault
from ward.interop.hl7.datatypes import Identifier
from ward.interop.hl7.person import identifiers, record_number
from ward.interop.hl7.siu import numbers
from ward.interop.hl7.wire import Reading
from ward.patients.marks import mrn_mark

_LOCK_BYTES = 4


def subjects(vault: Vault, reading: Reading) -> tuple[bytes, ...]:
    """Hash the record number of each patient named, the retired one of a merge too.

    An appointment is a subject beside its patient: its messages may not overtake each other,
    whatever they say of whose it is.
    A message that names nobody keeps its order among all of its sender's. The authority is left
    out: spelt differently in two messages it would let them overtake each other.
    """
    found = {_hash(vault, number) for number in _numbers(reading)}
    if not found:
        sent = reading.envelope
        found = {vault.hash("hl7.sender", f"{sent.sending_application}\0{sent.sending_facility}")}
    return tuple(sorted(found | numbers.marks(vault, reading)))


def lock_keys(hashes: Iterable[bytes]) -> list[int]:
    """Give the numbers by which PostgreSQL locks these subjects, in one order for everybody."""
    return sorted(int.from_bytes(one[:_LOCK_BYTES], signed=True) for one in hashes)


def _numbers(reading: Reading) -> Iterator[Identifier]:
    message = reading.message
    if message is None:
        return
    for name, number in (("PID", 3), ("MRG", 1)):
        for segment in message.all(name):
            listed = identifiers(segment, number)
            chosen = record_number(listed) or next(iter(listed), None)
            if chosen:
                yield chosen


def _hash(vault: Vault, number: Identifier) -> bytes:
    return mrn_mark(vault, number.value)
