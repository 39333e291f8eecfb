"""Which models there are, and opening one.

A model is known by its data sheet ``datasheets/<model>.toml``; the sheet's ``family`` names
the module of ``drivers.instruments`` that drives it. Such a module has one function
``open_parts`` (``OpenParts``), which brings the identified instrument into its safe state and
returns its drivers by channel, under ``None`` where it has no channels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, TypeVar, cast

from pyvisa.resources import MessageBasedResource
from typing_extensions import TypeForm

from drivers.accuracy import Conditions
from drivers.datasheet import DataSheet, load_datasheet
from drivers.instrument import Connection
from drivers.roles import Identity, Instrument
from drivers.scpi import ScpiSession
from quantities import Clock
from quantities.errors import UsageError

Parts = Mapping[int | None, Instrument]
Role = TypeVar("Role")


class OpenParts(Protocol):
    """The function that a family's module offers."""

    def __call__(self, connection: Connection) -> Parts:
        """Make the instrument safe, return its drivers by channel."""


@dataclass(frozen=True, slots=True)
class OpenInstrument:
    """One instrument, opened and identified once, whatever the number of its roles."""

    identity: Identity
    sheet: DataSheet
    parts: Parts
    where: str

    def part(self, role: TypeForm[Role], channel: int | None = None) -> Role:
        """The driver that plays ``role``, a protocol of ``drivers.roles``.

        Raises ``UsageError`` if there is no such channel or it cannot play the role.
        """
        part = self.parts.get(channel)
        if part is None:
            raise UsageError(
                f"{self.sheet.name} cannot be used {_with(channel)}",
                where=self.where,
                expected=", ".join(_with(known) for known in self.parts),
            )
        protocol = cast("type[Role]", role)  # a protocol is a class, which TypeForm cannot say
        if not isinstance(part, protocol):
            raise UsageError(
                f"{self.sheet.name} cannot be a {protocol.__name__.lower()}", where=self.where
            )
        return part


def open_instrument(
    model: str,
    session: MessageBasedResource,
    clock: Clock,
    conditions: Conditions = Conditions(),  # noqa: B008 - frozen
) -> OpenInstrument:
    """Identify what answers on ``session`` as ``model`` and make it safe, outputs off.

    ``session`` stays the caller's to close. Raises ``UsageError`` for an unknown model,
    ``WrongInstrument`` if another answers, ``InstrumentError`` if it does not work.
    """
    sheet = load_datasheet(model)
    open_parts: OpenParts = import_module(f"drivers.instruments.{sheet.model.family}").open_parts
    scpi = ScpiSession(
        session,
        clock,
        write_gap_s=sheet.model.write_gap_s,
        read_gap_s=sheet.model.read_gap_s,
    )
    identity = scpi.identify(model=model, pattern=sheet.model.identity)
    parts = open_parts(Connection(scpi, identity, sheet, conditions))
    return OpenInstrument(identity, sheet, parts, where=scpi.where)


def _with(channel: int | None) -> str:
    return "without a channel" if channel is None else f"with channel {channel}"
