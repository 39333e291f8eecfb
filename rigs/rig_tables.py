"""The tables of a rig file, one by one; what holds between them stands in ``rig_file``."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

import supervisor
from drivers.datasheet import known_models
from rigs.adapters.python import REFERENCE
from rigs.programmer import IMAGE
from rigs.table import NotNegative, Positive, Table

PACK_DBC = Path(supervisor.__file__).parent / "cellrig_pack.dbc"
Number = Annotated[int, Field(ge=1)]
"""Of a channel, or of a position."""
Numbers = Annotated[tuple[Number, ...], Field(strict=False)]
"""Likewise, from a TOML array."""


class ChainTable(Table):
    """The port that the chain hangs on."""

    port: str | None = None
    """Any pyserial URL; a simulated bench has its own."""
    modules: Annotated[int, Field(ge=1, le=256)]
    latency_s: NotNegative = 0.0
    """How late the port may hand over what it received (USB adapters: up to 0.016)."""
    timed: bool = True
    """Whether it keeps times: on a network or in a served bench characters wait for each other."""


class InstrumentTable(Table):
    """A role: the instrument that plays it."""

    model: str
    resource: str
    channel: Number | None = None
    calibrated: date | None = None
    """The last calibration; without it a year ago is assumed for the data sheet's figures."""
    calibration_due: date | None = None

    @field_validator("model")
    @classmethod
    def _is_known(cls, model: str) -> str:
        if model not in known_models():
            raise ValueError(f"no instrument model {model!r}; one of {', '.join(known_models())}")
        return model

    @model_validator(mode="after")
    def _was_calibrated_before_it_is_due(self) -> Self:
        if self.calibrated and self.calibration_due and self.calibrated >= self.calibration_due:
            raise ValueError("calibrated wants to be before calibration_due")
        return self


class SupplyTable(InstrumentTable):
    """The supply that feeds the modules."""

    accept_no_ovp: bool = False
    """Take a supply that could destroy a module and has no programmable over-voltage protection."""


class MultiplexerTable(InstrumentTable):
    """Relays, one for each module."""

    channels: Numbers = ()
    """The channel of each module, by position; without any, the instrument's channels in order."""


class ShuntTable(Table):
    """A resistor in the pack's current, with the voltmeter across it."""

    ohm: Positive
    greatest_A: Positive
    tolerance_percent: NotNegative = 0.1
    """Limit of its error, temperature and ageing included."""


class PackAmmeterTable(InstrumentTable):
    """An ammeter, or a voltmeter across a shunt."""

    shunt: ShuntTable | None = None


class ThermometersTable(InstrumentTable):
    """Sensors at the cells, scanned one after another."""

    channels: Annotated[Numbers, Field(min_length=1)]
    """The channel of each sensor."""
    cells: Numbers = ()
    """The position of the cell that each sensor is at; without any, one sensor a cell in order."""

    @model_validator(mode="after")
    def _has_a_cell_for_each_channel(self) -> Self:
        if len(set(self.channels)) < len(self.channels):
            raise ValueError("channels has one twice")
        if self.cells and len(self.cells) != len(self.channels):
            raise ValueError(f"cells wants one for each of {len(self.channels)} channels")
        return self

    @property
    def positions(self) -> tuple[int, ...]:
        """Where each sensor is."""
        return self.cells or tuple(range(1, len(self.channels) + 1))


class Reached(StrEnum):
    """How the rig reaches the supervisor under test."""

    PYTHON = "python"
    """Its logic is a class here."""
    HOST_PORT = "hostport"
    """It is a unit between the rig and the chain."""
    CAN = "can"
    """It is a unit that publishes on a CAN bus."""


class SupervisorTable(Table):
    """The supervisor under test."""

    reached: Annotated[Reached, Field(strict=False)] = Reached.PYTHON
    logic: str = REFERENCE
    """``package.module:Class``: called, or at work in the simulated unit."""


class HostPortTable(Table):
    """The serial port of a unit that has the chain behind it."""

    port: str | None = None
    """Any pyserial URL; a simulated bench has its own."""
    latency_s: NotNegative = 0.0
    """As the chain's."""
    turn_s: NotNegative = 0.1
    """The unit takes so long at most to pass a message on."""
    silence_s: Positive = 2.0
    """A unit that polls is never silent for longer."""


class CanTable(Table):
    """The bus that a unit publishes on."""

    interface: str = "virtual"
    """As python-can names it; a simulated bench has its own bus."""
    channel: str | None = None
    bitrate: Annotated[int, Field(gt=0)] = 500_000
    dbc: Path = Field(default=PACK_DBC, strict=False)
    """Relative to where cellrig is run."""
    stale_s: Positive = 3.0
    """A value that is so old counts as not published."""


class WiringTable(Table):
    """Leads, contacts, and what the supply may deliver."""

    supply_lead_ohm: NotNegative = 0.0
    current_limit_A: Positive | None = None
    """For the whole panel; without it every module's maximum added up."""


class ProgrammerTable(Table):
    """What flashes an image into the modules before a run."""

    command: Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
    """Program and arguments, no shell; with ``{position}`` in one it runs for each module."""
    timeout_s: Positive = 120.0

    @field_validator("command")
    @classmethod
    def _flashes_the_image(cls, command: tuple[str, ...]) -> tuple[str, ...]:
        if not command[0] or not any(IMAGE in argument for argument in command):
            raise ValueError(f"a program and its arguments are due, {IMAGE} in one of them")
        return command
