"""The one tree of errors.

CellrigError
├── UsageError                what the user handed in cannot be used: exit with a message
│   ├── RigFileError
│   └── ProductFileError
├── RigError                  the rig is sick: the outcome is *blocked*, never a module's failure
│   ├── InstrumentError
│   │   ├── InstrumentTimeout       (also the builtin TimeoutError)
│   │   ├── WrongInstrument
│   │   ├── InstrumentReported      its error queue was not empty
│   │   ├── Overload                a reading beyond the range
│   │   └── CurrentLimitReached     the supply left constant voltage
│   ├── CalibrationOverdue
│   ├── RigBusy               another run has the rig
│   ├── HostSlept             this computer was asleep while the rig was on
│   ├── PortError             the serial port is gone or cannot be opened
│   ├── BusError              the CAN bus cannot be opened, is off, or went away
│   ├── LineNotProven         silence, and nothing shows that the rig's own line works
│   ├── ChainCountMismatch    the chain is not as long as the rig file says
│   ├── ChainBroken           messages end at a module: the modules behind it cannot be judged
│   └── StoreError            a measurement could not be kept
├── ModuleError               a module broke a clause: the outcome is *fail*
│   ├── ModuleSilent                (also the builtin TimeoutError)
│   ├── ModuleGarbled         it answered, but not what the protocol allows
│   └── SettingNotStored      it read back something else than was written
├── SupervisorError           the supervisor under test broke a clause: the outcome is *fail*
│   └── SupervisorSilent            (also the builtin TimeoutError)
└── ProtocolError             characters that are no message (also the builtin ValueError)

Every error says what happened, and where it helps: where, what was expected and what to do.
"""

from __future__ import annotations


class CellrigError(Exception):
    """What happened, and as far as known where, what was expected and what to do."""

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        expected: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.what = what
        self.where = where
        self.expected = expected
        self.remedy = remedy
        parts = [f"{where}: {what}" if where else what]
        if expected:
            parts.append(f"expected: {expected}")
        if remedy:
            parts.append(f"what to do: {remedy}")
        super().__init__("; ".join(parts))


class UsageError(CellrigError):
    """What the user handed in cannot be used."""


class RigFileError(UsageError):
    """A rig file that is missing, malformed or contradicts itself."""


class ProductFileError(UsageError):
    """A product file that is missing, malformed or contradicts itself."""


class RigError(CellrigError):
    """The rig is sick. Whatever was to be judged is *blocked*."""


class InstrumentError(RigError):
    """An instrument does not do what its manual says."""


class InstrumentTimeout(InstrumentError, TimeoutError):
    """An instrument did not answer in time."""


class WrongInstrument(InstrumentError):
    """Another model answers behind the resource than the rig file states."""


class InstrumentReported(InstrumentError):
    """The instrument's error queue was not empty after a command."""


class Overload(InstrumentError):
    """The input is beyond the range: the reading has no value."""


class CurrentLimitReached(InstrumentError):
    """The supply is in current limit, so its voltage is not what was set."""


class CalibrationOverdue(RigError):
    """An instrument's calibration was due before the rig's date."""


class RigBusy(RigError):
    """Another process has the rig, or an instrument of it."""


class HostSlept(RigError):
    """This computer was asleep: nobody knows what the rig did meanwhile."""


class PortError(RigError):
    """The serial port cannot be opened, or went away."""


class BusError(RigError):
    """The CAN bus cannot be opened, is off, or went away."""


class LineNotProven(RigError):
    """Nothing answers, and nothing shows that the rig's own line is whole."""


class ChainCountMismatch(RigError):
    """The chain counts another number of modules than the rig file states."""


class ChainBroken(RigError):
    """Messages end or are spoiled at one module; ``position`` is its place where it is known."""

    def __init__(
        self,
        what: str,
        *,
        position: int | None = None,
        where: str | None = None,
        expected: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.position = position
        place = where or (f"module {position}" if position else None)
        super().__init__(what, where=place, expected=expected, remedy=remedy)


class StoreError(RigError):
    """A measurement could not be written to the store."""


class ModuleError(CellrigError):
    """A module broke a clause. ``position`` counts from 1 at the controller's transmitter."""

    def __init__(
        self,
        what: str,
        *,
        position: int,
        where: str | None = None,
        expected: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.position = position
        super().__init__(
            what, where=where or f"module {position}", expected=expected, remedy=remedy
        )


class ModuleSilent(ModuleError, TimeoutError):
    """A module did not answer, though the line is known to work."""


class ModuleGarbled(ModuleError):
    """A module answered something that the protocol does not allow."""


class SettingNotStored(ModuleError):
    """A setting reads back other than it was written."""


class SupervisorError(CellrigError):
    """The supervisor under test broke a clause."""


class SupervisorSilent(SupervisorError, TimeoutError):
    """The supervisor under test did not say in time what it has to say."""


class ProtocolError(CellrigError, ValueError):
    """Characters that are no message of the protocol."""
