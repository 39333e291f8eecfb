"""An end that is to be safe goes on whatever goes wrong on its way."""

from __future__ import annotations

import logging
from collections.abc import Callable

from drivers.roles import Load, Recoverable, Relay, Supply
from quantities.errors import CellrigError, InstrumentError, RigError

SAFE_ORDER = ("load", "supply", "charger", "contactor")
"""The roles that have a safe state, in the order in which they are brought there."""

_log = logging.getLogger(__name__)


def switch_off(part: Supply | Load | Relay, role: str) -> None:
    """Switch off, over a new connection where the one at hand is dead."""
    try:
        _switch_off(part, role)
    except InstrumentError:
        if not isinstance(part, Recoverable):
            raise
        part.recover()
        _switch_off(part, role)


def _switch_off(part: Supply | Load | Relay, role: str) -> None:
    """Wait for an answer too: closing a socket can drop a command that was not yet obeyed."""
    if isinstance(part, Relay):
        part.open_contact()
    else:
        part.make_safe()
    if reported := part.clear_errors():
        raise RigError(f"the {role} reports {', '.join(reported)}")


def attempt(
    doing: str, action: Callable[[], None], remedy: str | None = None
) -> list[CellrigError]:
    """What went wrong, if anything; never raises."""
    try:
        action()
    except Exception as error:  # noqa: BLE001 - as said above
        _log.exception("%s failed", doing)
        return [RigError(f"{doing} failed: {error}", remedy=remedy)]
    return []
