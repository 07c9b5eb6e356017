"""Slot table: which slot of the index belongs to which patient, 20 bytes for each."""

from array import array
from uuid import UUID

_FREE, _DROPPED = 0, 0xFFFFFFFF
_ID = 16


class SlotTable:
    """An open hash table of slots; the ids lie one after the other in slot order."""

    def __init__(self) -> None:
        """Start empty."""
        self._ids = bytearray()
        self._cells = array("I", bytes(4 * 64))
        self._used = 0
        self._count = 0

    def __len__(self) -> int:
        """Count the patients."""
        return self._count

    def get(self, patient: UUID) -> int | None:
        """Find a patient's slot."""
        cell = self._find(patient)
        return None if cell is None else self._cells[cell] - 1

    def put(self, patient: UUID, slot: int) -> None:
        """Give a patient the next slot; one she had before is hers no more."""
        if slot * _ID != len(self._ids):
            raise ValueError("slots are given in order")
        cell = self._find(patient)
        self._ids += patient.bytes
        if cell is not None:
            self._cells[cell] = slot + 1
            return
        if 3 * self._used >= 2 * len(self._cells):
            self._grow()
        self._insert(patient, slot)
        self._count += 1

    def drop(self, patient: UUID) -> int | None:
        """Forget a patient; return the slot she had."""
        cell = self._find(patient)
        if cell is None:
            return None
        slot = self._cells[cell] - 1
        self._cells[cell] = _DROPPED
        self._count -= 1
        return slot

    def id(self, slot: int) -> UUID:
        """Tell whose slot it is."""
        return UUID(bytes=bytes(self._ids[slot * _ID : slot * _ID + _ID]))

    def _find(self, patient: UUID) -> int | None:
        mask, wanted = len(self._cells) - 1, patient.bytes
        cell = hash(patient) & mask
        while (held := self._cells[cell]) != _FREE:
            if held != _DROPPED and self._ids[(held - 1) * _ID : held * _ID] == wanted:
                return cell
            cell = (cell + 1) & mask
        return None

    def _insert(self, patient: UUID, slot: int) -> None:
        mask = len(self._cells) - 1
        cell = hash(patient) & mask
        while self._cells[cell] != _FREE:
            cell = (cell + 1) & mask
        self._cells[cell] = slot + 1
        self._used += 1

    def _grow(self) -> None:
        held = [cell - 1 for cell in self._cells if cell not in {_FREE, _DROPPED}]
        size = len(self._cells)
        while 3 * len(held) >= size:
            size *= 2
        self._cells = array("I", bytes(4 * size))
        self._used = 0
        for slot in held:
            self._insert(self.id(slot), slot)
