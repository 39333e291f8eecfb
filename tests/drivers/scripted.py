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
    visalib = None

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


def _keysight_supply(model: str, *, outputs: int) -> list[Exchange]:
    return [
        ("*IDN?", f"Keysight Technologies,{model},MY59000001,1.0.4-1.0.0-1.04"),
        "*CLS",
        *(f"OUTP OFF,(@{channel})" for channel in range(1, outputs + 1)),
        ("SYST:ERR?", NO_ERROR),
    ]


def _siglent_supply(model: str) -> list[Exchange]:
    return [
        ("*IDN?", f"Siglent Technologies,{model},SPD13DCX1R0001,2.1.1.9,V1.0"),
        ("SYST:ERR?", "0  No Error"),
        "OUTP CH1,OFF",
        ("SYST:ERR?", "0  No Error"),
    ]


def _rohde_supply(identity: str, *, outputs: int) -> list[Exchange]:
    opening: list[Exchange] = [("*IDN?", f"{identity},03.068"), "*CLS"]
    for channel in range(1, outputs + 1):
        opening += [f"INST:NSEL {channel}", "OUTP:SEL 0"]
    return [*opening, ("SYST:ERR?", '0,"No error"')]


def _keithley_supply(model: str) -> list[Exchange]:
    return [
        ("*IDN?", f"KEITHLEY INSTRUMENTS INC.,MODEL {model},4045436,01.08b"),
        "*CLS",
        ":OUTP OFF",
        ("SYST:ERR?", '0,"No error"'),
        *checked(':FORM:ELEM "READ,MODE"'),
    ]


OPENINGS: dict[str, list[Exchange]] = {
    "keysight-e36311a": _keysight_supply("E36311A", outputs=2),
    "keysight-e36312a": _keysight_supply("E36312A", outputs=3),
    "keysight-e36313a": _keysight_supply("E36313A", outputs=3),
    "keysight-e36231a": _keysight_supply("E36231A", outputs=1),
    "keysight-e36232a": _keysight_supply("E36232A", outputs=1),
    "keysight-e36233a": _keysight_supply("E36233A", outputs=2),
    "keysight-e36234a": _keysight_supply("E36234A", outputs=2),
    "keysight-edu36311a": _keysight_supply("EDU36311A", outputs=3),
    "rigol-dp831": [
        ("*IDN?", "RIGOL TECHNOLOGIES,DP831A,DP8D000000001,00.01.16"),
        "*CLS",
        ":OUTP CH1,OFF",
        ":OUTP CH2,OFF",
        ("SYST:ERR?", '0,"No error"'),
    ],
    "rigol-dp832": [
        ("*IDN?", "RIGOL TECHNOLOGIES,DP832,DP8C000000001,00.01.16"),
        "*CLS",
        ":OUTP CH1,OFF",
        ":OUTP CH2,OFF",
        ":OUTP CH3,OFF",
        ("SYST:ERR?", '0,"No error"'),
    ],
    "siglent-spd1168x": _siglent_supply("SPD1168X"),
    "siglent-spd1305x": _siglent_supply("SPD1305X"),
    "rohdeschwarz-ngl201": _rohde_supply("Rohde&Schwarz,NGL201,3638.3376k02/101403", outputs=1),
    "rohdeschwarz-ngl202": _rohde_supply("Rohde&Schwarz,NGL202,3638.3376k03/101403", outputs=2),
    "rohdeschwarz-ngm201": _rohde_supply("Rohde&Schwarz,NGM201,3638.4472k02/101403", outputs=1),
    "rohdeschwarz-ngm202": _rohde_supply("Rohde&Schwarz,NGM202,3638.4472k03/101403", outputs=2),
    "rohdeschwarz-hmp2020": _rohde_supply("HAMEG,HMP2020,022000001", outputs=2),
    "rohdeschwarz-hmp4040": _rohde_supply("ROHDE&SCHWARZ,HMP4040,100001", outputs=4),
    "keithley-2280s-32-6": _keithley_supply("2280S-32-6"),
    "keithley-2280s-60-3": _keithley_supply("2280S-60-3"),
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
    "keysight-34465a": [
        ("*IDN?", "Keysight Technologies,34465A,MY57000001,A.03.01-02.40-03.01-00.52-02-01"),
        "*CLS",
    ],
    "keysight-34470a": [
        ("*IDN?", "Keysight Technologies,34470A,MY57000001,A.03.01-02.40-03.01-00.52-02-01"),
        "*CLS",
    ],
    "keithley-dmm6500": [
        ("*IDN?", "KEITHLEY INSTRUMENTS,MODEL DMM6500,04340543,1.7.12b"),
        ("*LANG?", "SCPI"),
        "*RST",
        "*CLS",
        ("SYST:LFR?", "50"),
    ],
    "siglent-sdm3065x": [
        ("*IDN?", "Siglent Technologies,SDM3065X,SDM36GBQ5R0755,3.01.01.10"),
        "*CLS",
    ],
    "rigol-dm3068": [
        ("*IDN?", "RIGOL TECHNOLOGIES,DM3068,DM3A000000001,01.01.00.01.09.00"),
        "CMDSET RIGOL",
        "*CLS",
    ],
    "keysight-34970a": [
        ("*IDN?", "HEWLETT-PACKARD,34970A,0,13-2-2"),
        "*CLS",
        ("SYST:CTYP? 100", "HEWLETT-PACKARD,34903A,0,1.0"),
        ("SYST:CTYP? 200", "HEWLETT-PACKARD,34903A,0,1.0"),
        ("SYST:CTYP? 300", "HEWLETT-PACKARD,0,0,0"),
        *checked("ROUT:OPEN (@101:120,201:220)"),
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
    "bk-8614": [
        ("*IDN?", "B&K Precision, 8614, 802197042787110004, 1.37-1.42"),
        "SYST:REM",
        "*CLS",
        *checked("INP OFF", "FUNC CURR", "CURR:RANG 240", "CURR 0"),
    ],
    "idealised-charger": [
        ("*IDN?", "cellrig (idealised),CHARGER,SIM00000001,1"),
        "*CLS",
        *checked("OUTP OFF", "VOLT 0"),
    ],
    "idealised-load": [
        ("*IDN?", "cellrig (idealised),LOAD,SIM00000001,1"),
        "*CLS",
        *checked(":SOUR:INP:STAT OFF", ":SOUR:FUNC CURR", ":SOUR:CURR:RANG 60"),
        *checked(":SOUR:CURR:LEV:IMM 0"),
    ],
    "idealised-meter": [("*IDN?", "cellrig (idealised),METER,SIM00000001,1"), "*CLS"],
    "idealised-scanner": [
        ("*IDN?", "cellrig (idealised),SCANNER,SIM00000001,1"),
        "*CLS",
        ("SYST:CTYP? 100", "Keysight Technologies,DAQM903A,0,1.00"),
        ("SYST:CTYP? 200", "Keysight Technologies,0,0,0"),
        ("SYST:CTYP? 300", "Keysight Technologies,0,0,0"),
        *checked("ROUT:OPEN (@101:120)"),
    ],
}
"""What is exchanged when each model is opened."""


def opened(
    model: str, wire: Wire, clock: Clock, conditions: Conditions | None = None
) -> OpenInstrument:
    """The model opened on the wire, its opening lines exchanged."""
    wire.expect(*OPENINGS[model])
    return open_instrument(model, wire.session, clock, conditions or Conditions())
