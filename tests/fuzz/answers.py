"""Drivers against what is no instrument: any answers to their questions, or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import pyvisa

from drivers.accuracy import Conditions
from drivers.datasheet import known_models, load_datasheet
from drivers.instrument import Connection
from drivers.scpi import ScpiSession
from tests.fuzz.target import Pieces, SteppedClock, Target, documented

if TYPE_CHECKING:
    from pyvisa.resources import MessageBasedResource

MODELS = tuple(known_models())
SHEETS = {model: load_datasheet(model) for model in MODELS}
OPENINGS = {
    model: import_module(f"drivers.instruments.{sheet.model.family}").open_parts
    for model, sheet in SHEETS.items()
}
IDENTITIES = {
    model: answer
    for model, answer in {
        "keysight-34461a": "Keysight Technologies,34461A,MY1,A.1",
        "keysight-daq970a": "Keysight Technologies,DAQ970A,MY1,A.1",
        "keysight-e36312a": "Keysight Technologies,E36312A,MY1,1.0",
        "rigol-dm3068": "RIGOL TECHNOLOGIES,DM3068,DM1,01",
        "siglent-spd3303x": "Siglent Technologies,SPD3303X,SPD1,1.0",
    }.items()
    if model in MODELS
}
PLAUSIBLE = (
    '+0,"No error"',
    "0  No Error",
    '-222,"Data out of range"',
    "+3.70000000E+00",
    "1",
    "3",
    "9.9E+37",
    "nan",
    "-inf",
    "1e400",
    "0x15",
    "+3.7,+3.8,+3.9",
    "+1.0E-3,,",
    "Keysight Technologies,DAQM903A,MY1,1.00",
    "Keysight Technologies,DAQM901A,MY1,1.00",
    "",
)
"""What instruments answer to one question or another; here to any."""
TIMES_OUT = 255
LONGEST = 400
"""Lines that a driver sends for what is done here, at most."""
USES: tuple[Callable[[Any], object], ...] = (
    lambda part: part.set_voltage(3.7),
    lambda part: part.output_voltage(),
    lambda part: part.in_current_limit(),
    lambda part: part.over_voltage_tripped(),
    lambda part: part.set_over_voltage_protection(5.5),
    lambda part: part.dc_voltage(range_V=10.0, power_line_cycles=1.0),
    lambda part: part.ac_current(range_A=1.0, lowest_Hz=20.0),
    lambda part: part.start_dc_current_train(range_A=1.0, power_line_cycles=1.0, count=3),
    lambda part: part.dc_current_train(3),
    lambda part: part.select(part.channels[0]),
    lambda part: part.close_contact(),
    lambda part: part.temperature(),
    lambda part: part.clear_errors(),
    lambda part: part.start_dc_current_samples(range_A=1.0, rate_Hz=2000.0, count=3),
)


class Liar:
    """A VISA session at whose other end an input answers."""

    resource_name = "USB0::1::2::3::INSTR"
    timeout = 0.0
    visalib = None

    def __init__(self, pieces: Pieces, first: str) -> None:
        self._pieces = pieces
        self._first: str | None = first
        self.lines = 0

    def write(self, line: str) -> None:
        line.encode("ascii")
        assert "\n" not in line
        self.lines += 1

    def read(self) -> str:
        if self._first is not None:
            answer, self._first = self._first, None
            return answer
        if not self._pieces.left:
            return '+0,"No error"'
        which = self._pieces.byte()
        if which < len(PLAUSIBLE):
            return PLAUSIBLE[which]
        if which == TIMES_OUT:
            raise pyvisa.VisaIOError(pyvisa.constants.StatusCode.error_timeout)
        return self._pieces.piece().decode("ascii")

    def clear(self) -> None:
        pass


def run(data: bytes) -> None:
    """Open, use, and let nothing but an error of ours out."""
    pieces = Pieces(data)
    model = MODELS[pieces.number(len(MODELS))]
    first = IDENTITIES.get(model) or pieces.piece().decode("latin-1")
    use = USES[pieces.number(len(USES))]
    liar = Liar(pieces, first)
    with documented:
        for part in list(parts(model, liar).values())[:2]:
            with documented, suppress(AttributeError):  # not every instrument can everything
                use(part)
    assert liar.lines < LONGEST


def parts(model: str, liar: Liar) -> Mapping[int | None, object]:
    """As ``open_instrument``, with data sheets that have been read already."""
    sheet = SHEETS[model]
    scpi = ScpiSession(cast("MessageBasedResource", liar), SteppedClock())
    identity = scpi.identify(model=model, pattern=sheet.model.identity)
    connection = Connection(scpi, identity, sheet, Conditions())
    opened: Mapping[int | None, object] = OPENINGS[model](connection)
    return opened


TARGET = Target(
    "answers",
    run,
    inputs=800_000,
    seeds=(
        *(bytes([index, use]) for index in range(len(MODELS)) for use in range(len(USES))),
        *(bytes([index, 5, 0, 0, 0, 0, 0, 3, 3, 11]) for index in range(len(MODELS))),
        b"\5\0\x0d\x0e\x0d\x00\x80\x09+3.70E+00",
    ),
    longest=160,
)
