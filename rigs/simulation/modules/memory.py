"""What a module remembers: constant and thresholds in EEPROM, and the two latched memories."""

from __future__ import annotations

from dataclasses import dataclass

from rigs.simulation.modules.eeprom import Eeprom

LOW, BLEEDING, HIGH, ENABLED = 1, 2, 4, 8

# Where each setting lies in the EEPROM: address and length in bytes, by command character.
LAYOUT = {"W": (0, 3), "V": (3, 2), "L": (5, 2), "H": (7, 2)}
DIGITS = {"W": 6, "V": 3, "L": 3, "H": 3}
UPPER_CASE_DIGITS = frozenset(b"0123456789ABCDEF")


@dataclass(frozen=True, slots=True)
class InitialSettings:
    """What stands in the EEPROM when a module arrives on the rig."""

    constant: int
    bleeding_code: int
    low_code: int
    high_code: int

    def eeprom_contents(self) -> bytes:
        """The settings as the EEPROM holds them (``LAYOUT``)."""
        numbers = {
            "W": self.constant,
            "V": self.bleeding_code,
            "L": self.low_code,
            "H": self.high_code,
        }
        return b"".join(numbers[key].to_bytes(LAYOUT[key][1], "big") for key in LAYOUT)


class Settings:
    """K, V, L and H: read from the EEPROM at power-up, held in RAM for every measurement."""

    def __init__(self, eeprom: Eeprom) -> None:
        self._eeprom = eeprom
        self.codes: dict[str, int] = {}
        self.thresholds = 0, 0, 0
        """The codes of V, L and H, as every measurement compares with them."""
        self.load()

    def load(self) -> None:
        """Take over what the EEPROM holds."""
        for key, (address, length) in LAYOUT.items():
            self.codes[key] = self._eeprom.read(address, length)
        self._refresh()

    def store(self, key: str, number: int, time_ns: int) -> int:
        """Store a setting; return how long the EEPROM takes, in ns."""
        self.codes[key] = number
        self._refresh()
        return self._eeprom.write(*LAYOUT[key], number, time_ns)

    def obey(self, command: str, argument: bytes, time_ns: int) -> tuple[bytes, int]:
        """Store the argument and answer what is stored; return also how long the EEPROM takes, ns.

        Whatever is not exactly the digits that are due is an enquiry (MSG-10, MSG-11).
        """
        digits, writing_ns = DIGITS[command], 0
        if len(argument) == digits and UPPER_CASE_DIGITS.issuperset(argument):
            writing_ns = self.store(command, int(argument, 16), time_ns)
        return b"A00%c%0*X" % (ord(command), digits, self.codes[command]), writing_ns

    def _refresh(self) -> None:
        self.thresholds = self.codes["V"], self.codes["L"], self.codes["H"]


class Latches:
    """Two separate memories of what was seen since they were last read (CMD-U2, CMD-U3, CHN-1)."""

    def __init__(self) -> None:
        self.module = 0
        self.chain = 0

    def take(self) -> int:
        """What was latched since the last ``U``; forget it."""
        bits, self.module = self.module, 0
        return bits

    def general_status(self, message: bytes, enabled: int) -> bytes | None:
        """``Sxy`` with the own nibble ORed into x and ANDed into y (CHN-1); forget what it told.

        None for what is no such message.
        """
        if len(message) != 3 or not UPPER_CASE_DIGITS.issuperset(message[1:]):
            return None
        nibble = self.chain | enabled
        self.chain = 0
        return b"S%X%X" % (int(message[1:2], 16) | nibble, int(message[2:3], 16) & nibble)

    def clear(self) -> None:
        """Forget both, as after power-up."""
        self.module = self.chain = 0
