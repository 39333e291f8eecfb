"""Instruments of a rig file: each opened, identified and checked once, whatever roles it plays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import TypeVar

from pyvisa.highlevel import VisaLibraryBase
from pyvisa.resources import MessageBasedResource

from drivers.accuracy import Conditions
from drivers.catalogue import OpenInstrument, open_instrument
from drivers.visa import close_session, open_session
from quantities import Clock
from quantities.errors import CalibrationOverdue, RigError
from rigs.rig_file import RigFile
from rigs.rig_tables import InstrumentTable
from rigs.simulation.bench import Bench

CALIBRATION_TEMPERATURE_C = 23.0
"""Makers' laboratories calibrate at 23 °C (the data sheets' T_CAL)."""

Opened = TypeVar("Opened")


class Instruments:
    """Those that were opened, by resource; an error is kept and raised to whoever asks again."""

    def __init__(self, file: RigFile, bench: Bench | None, clock: Clock) -> None:
        self._file = file
        self._bench = bench
        self._clock = clock
        self._sessions: dict[str, MessageBasedResource] = {}
        self._opened: dict[str, OpenInstrument | RigError] = {}

    def opened(self, table: InstrumentTable) -> OpenInstrument:
        """The instrument, opened when first asked for; raises why it could not be opened."""
        if table.resource not in self._opened:
            self._opened[table.resource] = kept(partial(self._open, table))
        instrument = self._opened[table.resource]
        if isinstance(instrument, RigError):
            raise instrument
        return instrument

    def closings(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """How to close each session, by resource."""
        for resource, session in self._sessions.items():
            yield resource, partial(close_session, session)

    def _open(self, table: InstrumentTable) -> OpenInstrument:
        library: str | VisaLibraryBase = (
            self._bench.visa_library if self._bench else self._file.visa_library
        )
        session = open_session(table.resource, library)
        self._sessions[table.resource] = session
        age = self._clock.date().date() - table.calibrated if table.calibrated else None
        kelvin = abs(self._file.ambient_C - CALIBRATION_TEMPERATURE_C)
        conditions = Conditions(
            days_since_calibration=Conditions().days_since_calibration if age is None else age.days,
            kelvin_from_calibration=kelvin,
        )
        return open_instrument(table.model, session, self._clock, conditions)


def check_calibration(table: InstrumentTable, today: date, *, where: str) -> None:
    """Raise ``CalibrationOverdue``, or ``RigError`` for a date that cannot be."""
    where = f"{where} {table.model} at {table.resource}"
    if table.calibration_due and table.calibration_due < today:
        raise CalibrationOverdue(
            f"calibration was due on {table.calibration_due}",
            where=where,
            expected=f"a date not before {today}, the rig's",
            remedy="have it calibrated and correct calibration_due in the rig file",
        )
    if table.calibrated and table.calibrated > today:
        raise RigError(
            f"was calibrated on {table.calibrated}",
            where=where,
            expected=f"a date not after {today}, the rig's",
            remedy="correct calibrated in the rig file, or the clock of this machine",
        )


def kept(action: Callable[[], Opened]) -> Opened | RigError:
    """What the action returns, or the rig's fault that it raised."""
    try:
        return action()
    except RigError as error:
        return error
