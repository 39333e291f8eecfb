"""What is said on a central unit's host port: the chain's messages with a mark in front.

Host and cells share the unit's port (CTL-1), so a host hears three kinds of things: what the unit
sends to the cells, bare; what the cells answer, with ``H`` ahead; and noise. What it says itself
is ``<``, ``>``, and ``C`` ahead of a message for the cells (CTL-2, CTL-3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from drivers.chain.messages import CARRIAGE_RETURN, LINE_FEED, Message, decode, encode

STOP_POLLING = b"<" + CARRIAGE_RETURN
RESUME_POLLING = b">" + CARRIAGE_RETURN

_TO_CELLS = b"C"
_FROM_CELLS = b"H"


@dataclass(frozen=True, slots=True)
class ForCells:
    """A message on its way from the unit to the first cell: not the host's business."""

    message: Message


@dataclass(frozen=True, slots=True)
class FromCells:
    """An answer of the cells, handed to the host."""

    message: Message


Heard: TypeAlias = ForCells | FromCells


def to_cells(message: Message) -> bytes:
    """The characters by which the host has the unit send this to the cells (CTL-3)."""
    return _TO_CELLS + encode(message)


def decode_heard(characters: bytes) -> Heard:
    """What the host heard; LF anywhere is ignored (MSG-3), CR may end it.

    Raises ``ProtocolError``, quoting the characters, for what is neither kind of message.
    """
    text = characters.replace(LINE_FEED, b"")
    if text.startswith(_FROM_CELLS):
        return FromCells(decode(text.removeprefix(_FROM_CELLS)))
    return ForCells(decode(text))
