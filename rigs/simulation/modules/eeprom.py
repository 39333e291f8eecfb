"""The EEPROM: what survives power, what a write costs, and what losing power during it does."""

from __future__ import annotations

ERASED = 0xFF


class Eeprom:
    """Bytes by address. Only bytes that change are written, one after another.

    A byte is erased when its write begins and holds its value when it ends; power lost in
    between leaves it erased and those behind it as they were: a torn constant. ``wear``
    counts the writes of each byte.
    """

    def __init__(self, contents: bytes, byte_write_ns: int) -> None:
        self._bytes = bytearray(contents)
        self._byte_write_ns = byte_write_ns
        self._pending: list[tuple[int, int, int]] = []
        self.wear = [0] * len(contents)

    def read(self, address: int, length: int) -> int:
        """The big-endian number at ``address``, as it will be when all writes have ended."""
        content = bytearray(self._bytes[address : address + length])
        for _, at, value in self._pending:
            if address <= at < address + length:
                content[at - address] = value
        return int.from_bytes(content, "big")

    def write(self, address: int, length: int, number: int, time_ns: int) -> int:
        """Write a big-endian number from ``time_ns`` on; return how long it takes, in ns."""
        self._settle(time_ns)
        begun_ns = time_ns
        for at, value in enumerate(number.to_bytes(length, "big"), start=address):
            if value != self._bytes[at]:
                self._pending.append((begun_ns, at, value))
                self.wear[at] += 1
                begun_ns += self._byte_write_ns
        return begun_ns - time_ns

    def lose_power(self, time_ns: int) -> None:
        """Writes that have not ended by now never will."""
        self._settle(time_ns)
        for begun_ns, at, _ in self._pending:
            if begun_ns <= time_ns:
                self._bytes[at] = ERASED
        self._pending.clear()

    def _settle(self, time_ns: int) -> None:
        """Make those writes lasting that have ended by ``time_ns``."""
        for begun_ns, at, value in self._pending:
            if begun_ns + self._byte_write_ns <= time_ns:
                self._bytes[at] = value
        self._pending = [
            write for write in self._pending if write[0] + self._byte_write_ns > time_ns
        ]
