"""Inputs that no clause defines (MSG-12, E8), and what is answered, in words that compare.

What a firmware makes of them is its author's choice, and worth knowing when it changes. So that
answers of different modules and days can be set side by side, what stands for a measured code
or for a stored value is named instead of quoted.
"""

from __future__ import annotations

from drivers.chain.messages import CARRIAGE_RETURN, SettingMessage, VoltageAnswer, decode
from drivers.chain.transcript import quoted
from quantities.errors import ProtocolError
from rigs.procedures.demands import Stored

INPUTS: tuple[bytes, ...] = (
    *(b"", b"A", b"A0", b"A01", b"A1U", b"e0", b"ed", b"d1", b"dA01U"),
    *(b"S", b"S0", b"S0f", b"S00F", b"A0aU", b"Aa1U", b"A0gU", b"A 1U"),
    *(b"A01X", b"A01Z", b"A01u", b"A01w", b"A01v4A0", b"A01?", b"A01A", b"A01e", b"A01 "),
    *(b"A01\x00", b"A01\xc1", b"A01U0", b"A01U000", b"A01@0"),
    *(b"A01V4G0", b"A01V-4A", b"A01W4BD0/0", b"A01L 5E", b"A01H0x4"),
    *(b"A0000000000A01U", b"A0000000000S0F", b"A0000000000d", b"A0000000000e"),
)
"""Messages, their CR left out."""


def in_words(received: bytes, stored: Stored) -> str:
    """Messages as received, with a code, a status and a stored value by their names."""
    *messages, rest = received.split(CARRIAGE_RETURN)
    return "".join([_named(message, stored) + "␍" for message in messages] + [quoted(rest)])


def _named(message: bytes, stored: Stored) -> str:
    try:
        decoded = decode(message)
    except ProtocolError:
        return quoted(message)
    text = quoted(message)
    match decoded:
        case VoltageAnswer():
            return f"{text[:-4]}‹code›‹status›"
        case SettingMessage(setting=setting, value=value) if value == stored[1, setting]:
            return f"{text[: -setting.digits]}‹stored›"
    return text
