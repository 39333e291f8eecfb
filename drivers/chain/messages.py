"""What the chain says: messages as values, and their characters on the wire (MSG-2).

One syntax serves both directions: a module's answer to a setting command reads like the command
itself. The types therefore name what a message holds, not who sent it. The protocol has no
checksum, so decoding is strict: upper-case digits only (MSG-10), and no other number of them
than the command is known to have.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntFlag, StrEnum
from typing import TypeAlias

from quantities.errors import ProtocolError

CARRIAGE_RETURN = b"\r"
LINE_FEED = b"\n"
LONGEST_CHAIN = 256

_ADDRESSED = re.compile(rb"A([0-9A-F]{2})([!-~])([0-9A-F]{6}|[0-9A-F]{3,4}|)")
_GENERAL = re.compile(rb"S([0-9A-F])([0-9A-F])")
_ENABLE, _DISABLE = b"e", b"d"


class Status(IntFlag):
    """The status nibble (CMD-U2): three latched thresholds, and whether bleeding is enabled."""

    NONE = 0
    LOW = 1
    BLEEDING = 2
    HIGH = 4
    ENABLED = 8


class Setting(StrEnum):
    """What a module stores, by its command character (CMD-W1, CMD-V, CMD-L, CMD-H)."""

    CALIBRATION = "W"
    """The constant K: cell voltage in mV times code."""
    BLEEDING = "V"
    """The bleeding threshold as a code."""
    LOW = "L"
    """The low-voltage alarm threshold as a code."""
    HIGH = "H"
    """The high-voltage alarm threshold as a code."""

    @property
    def digits(self) -> int:
        """How many hex digits its value has on the wire."""
        return 6 if self is Setting.CALIBRATION else 3

    @property
    def largest(self) -> int:
        """The largest value that its digits can carry."""
        return int(16**self.digits - 1)


_VOLTAGE = "U"
_SETTINGS = {setting.value: setting for setting in Setting}


def _is_other_argument(command: str, argument: str) -> bool:
    """Whether a command without a type of its own may have these digits: three or six."""
    return (
        command != _VOLTAGE
        and command not in _SETTINGS
        and re.fullmatch(r"[0-9A-F]{3}|[0-9A-F]{6}", argument) is not None
    )


def _require(value: int, largest: int, name: str) -> None:
    if not 0 <= value <= largest:
        raise ProtocolError(f"{name} {value} is not within 0 to {largest:#x}")


@dataclass(frozen=True, slots=True)
class Addressed:
    """``A``, address, command character, and digits as far as no other type here names them.

    An enquiry and the count command have no argument.
    """

    address: int
    command: str
    argument: str = ""

    def __post_init__(self) -> None:
        _require(self.address, 0xFF, "address")
        if len(self.command) != 1 or not "!" <= self.command <= "~":
            raise ProtocolError(f"{self.command!r} is no command character")
        if self.argument and not _is_other_argument(self.command, self.argument):
            raise ProtocolError(f"{self.argument!r} is no argument of {self.command!r}")

    @property
    def code(self) -> int:
        """The argument's number; 0 if there is none."""
        return int(self.argument or "0", 16)


@dataclass(frozen=True, slots=True)
class VoltageAnswer:
    """The answer of ``U`` (CMD-U1): the 12-bit code N and the status nibble."""

    address: int
    code: int
    status: Status

    def __post_init__(self) -> None:
        _require(self.address, 0xFF, "address")
        _require(self.code, 0xFFF, "code")
        _require(self.status, 0xF, "status")


@dataclass(frozen=True, slots=True)
class SettingMessage:
    """A setting with its value: the command that stores it, or the answer that tells it."""

    address: int
    setting: Setting
    value: int

    def __post_init__(self) -> None:
        _require(self.address, 0xFF, "address")
        _require(self.value, self.setting.largest, self.setting.name.lower())


@dataclass(frozen=True, slots=True)
class General:
    """``Sxy`` (CHN-1): what any module has (x), and what all of them have (y)."""

    any_module: Status
    every_module: Status

    def __post_init__(self) -> None:
        _require(self.any_module, 0xF, "x")
        _require(self.every_module, 0xF, "y")

    @property
    def consistent(self) -> bool:
        """Whether all that every module has is also had by any (CHN-2); ``S0F`` is not."""
        return self.any_module & self.every_module == self.every_module


@dataclass(frozen=True, slots=True)
class Bleeding:
    """``e`` or ``d`` (CHN-3): bleeding enabled or disabled in every module."""

    enabled: bool


Message: TypeAlias = Addressed | VoltageAnswer | SettingMessage | General | Bleeding

GENERAL_ENQUIRY = General(Status.NONE, Status(0xF))
"""What the controller starts with: nobody has anything, everybody has everything (CHN-1)."""
COUNT = Addressed(0, "@")
"""No module obeys it; it comes back less one for each (ADR-3)."""


def encode(message: Message) -> bytes:
    """The characters of a message as the controller sends it: no LF ahead, CR at the end."""
    match message:
        case Addressed(address, command, argument):
            text = f"A{address:02X}{command}{argument}"
        case VoltageAnswer(address, code, status):
            text = f"A{address:02X}U{code:03X}{status:X}"
        case SettingMessage(address, setting, value):
            text = f"A{address:02X}{setting.value}{value:0{setting.digits}X}"
        case General(any_module, every_module):
            text = f"S{any_module:X}{every_module:X}"
        case Bleeding(enabled):
            text = "e" if enabled else "d"
    return text.encode("ascii") + CARRIAGE_RETURN


def decode(characters: bytes) -> Message:
    """The message that these characters are; LF anywhere is ignored (MSG-3), CR may end it.

    Raises ``ProtocolError``, quoting the characters, for whatever is no message.
    """
    text = characters.replace(LINE_FEED, b"").removesuffix(CARRIAGE_RETURN)
    if match := _ADDRESSED.fullmatch(text):
        address, command, argument = match.groups()
        return _addressed(int(address, 16), command.decode("ascii"), argument.decode("ascii"))
    if match := _GENERAL.fullmatch(text):
        return General(Status(int(match[1], 16)), Status(int(match[2], 16)))
    if text in (_ENABLE, _DISABLE):
        return Bleeding(text == _ENABLE)
    raise ProtocolError(
        f"{characters!r} is no message",
        expected="A, two upper-case hex digits, a command and its digits; Sxy; e; or d",
    )


def address_of(position: int) -> int:
    """The address by which the controller reaches a module (ADR-1, ADR-5): 256 is 00."""
    if not 1 <= position <= LONGEST_CHAIN:
        raise ValueError(f"position {position} is not within 1 to {LONGEST_CHAIN}")
    return position % 256


def position_of(address: int, modules: int) -> int:
    """Where in a chain of ``modules`` an answer came from (ADR-4): (n + address) mod 256."""
    return (modules + address) % 256 or LONGEST_CHAIN


def _addressed(address: int, command: str, argument: str) -> Message:
    if command == _VOLTAGE and len(argument) == 4:
        return VoltageAnswer(address, int(argument[:3], 16), Status(int(argument[3], 16)))
    if (setting := _SETTINGS.get(command)) and len(argument) == setting.digits:
        return SettingMessage(address, setting, int(argument, 16))
    return Addressed(address, command, argument)
