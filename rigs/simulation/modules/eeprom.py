"""The EEPROM: what survives power, what a write costs, and what losing power during it does."""

from __future__ import annotations

from typing import NamedTuple

ERASED = 0xFF


class _Write(NamedTuple):
    begun_ns: int
    address: int
    value: int


class Eeprom:
    """Bytes by address. Only bytes that change are written, one after another.

    A byte is erased when its write begins and holds its value when it ends; power lost in
    between leaves it erased and those behind it as they were: a torn constant. ``wear``
    counts the writes of each byte.
    """

    def __init__(self, contents: bytes, byte_write_ns: int) -> None:
        self._bytes = bytearray(contents)
        self._byte_write_ns = byte_write_ns
        self._pending: list[_Write] = []
        self.wear = [0] * len(contents)

    def read(self, address: int, length: int) -> int:
        """The big-endian number at ``address``, as it will be when all writes have ended."""
        content = bytearray(self._bytes)
        for write in self._pending:
            content[write.address] = write.value
        return int.from_bytes(content[address : address + length], "big")

    def write(self, address: int, length: int, number: int, time_ns: int) -> int:
        """Write a big-endian number, after what is being written; return the ns until it stands."""
        self._settle(time_ns)
        begun_ns = time_ns
        if self._pending:
            begun_ns = self._pending[-1].begun_ns + self._byte_write_ns
        stored = self.read(address, length).to_bytes(length, "big")
        for offset, value in enumerate(number.to_bytes(length, "big")):
            if value != stored[offset]:
                self._pending.append(_Write(begun_ns, address + offset, value))
                self.wear[address + offset] += 1
                begun_ns += self._byte_write_ns
        return begun_ns - time_ns

    def lose_power(self, time_ns: int) -> None:
        """Writes that have not ended by now never will."""
        self._settle(time_ns)
        for write in self._pending:
            if write.begun_ns <= time_ns:
                self._bytes[write.address] = ERASED
            else:
                self.wear[write.address] -= 1
        self._pending.clear()

    def _settle(self, time_ns: int) -> None:
        """Make those writes lasting that have ended by ``time_ns``."""
        while self._pending and self._pending[0].begun_ns + self._byte_write_ns <= time_ns:
            write = self._pending.pop(0)
            self._bytes[write.address] = write.value
