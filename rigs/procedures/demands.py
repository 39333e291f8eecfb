"""What the clauses demand of one whole message that a chain of modules hears.

Who obeys it and what leaves the far end follows from address, command and argument alone. The
same clauses are built a second time in the simulated module, as parts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from drivers.chain.messages import Setting

FIRSTS = b"ASed"
"""With these a message may begin (MSG-9)."""
CR = b"\r"
DIGIT = b"[0-9A-F]"
"""The pattern of one."""

_ADDRESSED = re.compile(rb"A([0-9A-F]{2})([!-~])([!-~]*)")
_GENERAL = re.compile(b"S" + DIGIT * 2)
_DIGITS = re.compile(rb"[0-9A-Fa-f]*")
_SETTINGS = {setting.value.encode(): setting for setting in Setting}

Place: TypeAlias = tuple[int, Setting]
"""A position and what is stored there."""
Stored: TypeAlias = Mapping[Place, int]
"""What modules hold; what is not in it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FramingFigures:
    """The figures that decide what is demanded.

    ``busy_s`` is how long after a message that is answered or passed on the chain may still be
    at work with it, ``processing_s`` the same for the first module and any other message.
    """

    modules: int
    watchdog_shortest_s: float
    watchdog_longest_s: float
    processing_s: float
    busy_s: float
    surplus_digits_store: bool = False


class Fate(StrEnum):
    """What has to become of a message."""

    OBEYED = "obeyed"
    PASSED_ON = "passed on"
    IGNORED = "ignored"
    PURGED = "purged"
    UNDEFINED = "undefined"
    """No clause says what comes of it."""


class Write(NamedTuple):
    """A setting that a module stores."""

    position: int
    setting: Setting
    value: int


@dataclass(frozen=True, slots=True)
class Demand:
    """What has to become of one message, by which clause.

    ``reply`` is the pattern of what leaves the chain, LF left out; None where anything may.
    ``writes`` have to be made, or may be where the fate is undefined; no other may.
    """

    message: bytes
    fate: Fate
    clause: str
    reply: bytes | None = b""
    writes: tuple[Write, ...] = ()

    @property
    def stored(self) -> Stored:
        """The writes by place."""
        return {(write.position, write.setting): write.value for write in self.writes}


def demand_of(message: bytes, figures: FramingFigures, stored: Stored) -> Demand:
    """What has to become of a message of at most ten characters, CR and LF left out."""
    if message and message[0] not in FIRSTS:
        return Demand(message, Fate.IGNORED, "MSG-9")
    if match := _ADDRESSED.fullmatch(message):
        return _addressed(message, int(match[1], 16) or 256, figures, stored)
    if _GENERAL.fullmatch(message):
        return Demand(message, Fate.OBEYED, "CHN-1", _GENERAL.pattern + CR)
    if message in (b"e", b"d"):
        return Demand(message, Fate.OBEYED, "CHN-3", message + CR)
    return Demand(message, Fate.UNDEFINED, "MSG-12", None)


def _addressed(message: bytes, position: int, figures: FramingFigures, stored: Stored) -> Demand:
    """Passed on by all (ADR-2), obeyed at a position, or nothing that its module knows."""
    command, argument = message[3:4], message[4:]
    if position > figures.modules or (command == b"@" and not argument):
        reply = _head(position, figures) + re.escape(command + argument) + CR
        return Demand(message, Fate.PASSED_ON, "MSG-2", reply)
    if command == b"U" and not argument:
        reply = _head(position, figures) + command + DIGIT * 4 + CR
        return Demand(message, Fate.OBEYED, "CMD-U1", reply)
    if command in _SETTINGS and _DIGITS.fullmatch(argument):
        return _setting(message, position, figures, stored)
    return Demand(message, Fate.UNDEFINED, "MSG-12", None)


def _setting(message: bytes, position: int, figures: FramingFigures, stored: Stored) -> Demand:
    """An enquiry, or a write if there are as many upper-case digits as are due."""
    setting, argument = _SETTINGS[message[3:4]], message[4:]
    due, surplus = argument[: setting.digits], argument[setting.digits :]
    stores = len(due) == setting.digits and due == due.upper()
    if surplus:
        stores = stores and figures.surplus_digits_store
    writes = (Write(position, setting, int(due, 16)),) if stores else ()
    if surplus:
        return Demand(message, Fate.OBEYED, "MSG-11", None, writes)
    if writes or not argument:
        clause = f"CMD-{setting.value}"
    else:
        clause = "MSG-11" if argument == argument.upper() else "MSG-10"
    value = writes[0].value if writes else stored.get((position, setting))
    told = DIGIT * setting.digits if value is None else b"%0*X" % (setting.digits, value)
    reply = _head(position, figures) + setting.value.encode() + told + CR
    return Demand(message, Fate.OBEYED, clause, reply, writes)


def _head(address: int, figures: FramingFigures) -> bytes:
    """How the chain sends on what came with this address, obeyed (ADR-4) or not (ADR-2)."""
    return b"A%02X" % ((address - figures.modules) % 256)
