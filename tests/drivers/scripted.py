"""A VISA session that expects lines in order and answers as scripted."""

from __future__ import annotations

from collections import deque
from types import TracebackType
from typing import TYPE_CHECKING, Self, cast

import pyvisa

from drivers.accuracy import Conditions
from drivers.catalogue import OpenInstrument, open_instrument
from drivers.visa import TIMEOUT_S
from quantities import Clock

if TYPE_CHECKING:
    from pyvisa.resources import MessageBasedResource

NO_ERROR = '+0,"No error"'
TIME_OUT = pyvisa.VisaIOError(pyvisa.constants.StatusCode.error_timeout)
GONE = pyvisa.VisaIOError(pyvisa.constants.StatusCode.error_connection_lost)

Exchange = str | tuple[str, str | Exception]
"""A line that is sent, and if it is a query what comes back."""


def checked(*commands: str) -> list[Exchange]:
    """Settings, each with the question after it whether the instrument took it."""
    exchanges: list[Exchange] = []
    for command in commands:
        exchanges += [command, ("SYST:ERR?", NO_ERROR)]
    return exchanges


class Wire:
    """``expect`` what is to be sent, then act; leaving the ``with`` block checks for left-overs."""

    resource_name = "USB0::0x2A8D::0x0001::MY1::INSTR"
    timeout = TIMEOUT_S * 1000

    def __init__(self) -> None:
        self._expected: deque[Exchange] = deque()
        self._answers: deque[str | Exception] = deque()
        self.cleared = 0
        self.dead = False
        self.longest_timeout_ms = 0.0

    def expect(self, *exchanges: Exchange) -> None:
        """Add to what is to be sent, in order."""
        self._expected.extend(exchanges)

    @property
    def session(self) -> MessageBasedResource:
        """The wire as what drivers are handed."""
        return cast("MessageBasedResource", self)

    def write(self, command: str) -> None:
        if self.dead:
            raise GONE
        assert self._expected, f"{command!r} was sent, nothing was expected"
        assert not self._answers, f"{command!r} was sent, {self._answers[0]!r} was not yet read"
        expected = self._expected.popleft()
        if isinstance(expected, str):
            assert command == expected
        else:
            assert command == expected[0]
            self._answers.append(expected[1])

    def read(self) -> str:
        self.longest_timeout_ms = max(self.longest_timeout_ms, self.timeout)
        assert self._answers, "read, but nothing was asked"
        answer = self._answers.popleft()
        if isinstance(answer, Exception):
            raise answer
        return answer + "\n"

    def clear(self) -> None:
        if self.dead:
            raise GONE
        self.cleared += 1

    def close(self) -> None:
        if self.dead:
            raise GONE

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            assert not self._expected, f"never sent: {list(self._expected)}"
            assert not self._answers, f"never read: {list(self._answers)}"


OPENINGS: dict[str, list[Exchange]] = {
    "keysight-e36311a": [
        ("*IDN?", "Keysight Technologies,E36311A,MY59000001,1.0.4-1.0.0-1.04"),
        "*CLS",
        "OUTP OFF,(@1)",
        "OUTP OFF,(@2)",
        ("SYST:ERR?", NO_ERROR),
    ],
    "keysight-e36312a": [
        ("*IDN?", "Keysight Technologies,E36312A,MY59000001,1.0.4-1.0.0-1.04"),
        "*CLS",
        "OUTP OFF,(@1)",
        "OUTP OFF,(@2)",
        "OUTP OFF,(@3)",
        ("SYST:ERR?", NO_ERROR),
    ],
    "keysight-e36313a": [
        ("*IDN?", "Keysight Technologies,E36313A,MY59000001,1.0.4-1.0.0-1.04"),
        "*CLS",
        "OUTP OFF,(@1)",
        "OUTP OFF,(@2)",
        "OUTP OFF,(@3)",
        ("SYST:ERR?", NO_ERROR),
    ],
    "keysight-34460a": [
        ("*IDN?", "Keysight Technologies,34460A,MY53000001,A.02.14-02.40-02.14-00.49-02-01"),
        "*CLS",
    ],
    "keysight-34461a": [
        ("*IDN?", "Agilent Technologies,34461A,MY53000001,A.01.08-02.22-00.08-00.35-01-01"),
        "*CLS",
    ],
    "siglent-spd3303x": [
        ("*IDN?", "Siglent Technologies,SPD3303X,SPD3XGB1150001,1.01.01.02.05,V3.0"),
        ("SYST:ERR?", "0  No Error"),
        "OUTP CH1,OFF",
        "OUTP CH2,OFF",
        ("SYST:ERR?", "0  No Error"),
        "OUTP:TRACK 0",
        ("SYST:ERR?", "0  No Error"),
    ],
    "rigol-dm3068": [
        ("*IDN?", "RIGOL TECHNOLOGIES,DM3068,DM3A000000001,01.01.00.01.09.00"),
        "CMDSET RIGOL",
        "*CLS",
    ],
    "keysight-daq970a": [
        ("*IDN?", "Keysight Technologies,DAQ970A,MY58000001,A.02.02-01.00-02.01-00.02-02-00-02"),
        "*CLS",
        ("SYST:CTYP? 100", "Keysight Technologies,DAQM903A,MY58010001,1.00"),
        ("SYST:CTYP? 200", "Keysight Technologies,0,0,0"),
        ("SYST:CTYP? 300", "Keysight Technologies,DAQM903A,MY58010003,1.00"),
        *checked("ROUT:OPEN (@101:120,301:320)"),
    ],
    "keysight-n5769a": [
        ("*IDN?", "Agilent Technologies,N5769A,US00000001,A.01.00"),
        "*CLS",
        *checked("OUTP OFF", "VOLT 0"),
    ],
    "rigol-dl3031": [
        ("*IDN?", "RIGOL TECHNOLOGIES,DL3031,DL3A000000001,00.01.05.00.01"),
        "*CLS",
        *checked(":SOUR:INP:STAT OFF", ":SOUR:FUNC CURR", ":SOUR:CURR:RANG 60"),
        *checked(":SOUR:CURR:LEV:IMM 0"),
    ],
    "idealised-charger": [
        ("*IDN?", "cellrig,CHARGER,SIM00000001,1"),
        "*CLS",
        *checked("OUTP OFF", "VOLT 0"),
    ],
    "idealised-load": [
        ("*IDN?", "cellrig,LOAD,SIM00000001,1"),
        "*CLS",
        *checked(":SOUR:INP:STAT OFF", ":SOUR:FUNC CURR", ":SOUR:CURR:RANG 60"),
        *checked(":SOUR:CURR:LEV:IMM 0"),
    ],
    "idealised-voltmeter": [("*IDN?", "cellrig,VOLTMETER,SIM00000001,1"), "*CLS"],
}
"""What is exchanged when each model is opened."""


def opened(
    model: str, wire: Wire, clock: Clock, conditions: Conditions | None = None
) -> OpenInstrument:
    """The model opened on the wire, its opening lines exchanged."""
    wire.expect(*OPENINGS[model])
    return open_instrument(model, wire.session, clock, conditions or Conditions())
