"""Simulated instruments against any lines: they answer, queue an error, and are ready again."""

from __future__ import annotations

import numpy as np

from rigs.simulation.instruments import ScpiInstrument, build, simulated_models
from rigs.simulation.kernel import Kernel
from tests.fuzz.target import Pieces, Target

EVENTS = 2000
"""An instrument that waits for a trigger is busy for ever, and some measure all the time."""
PAUSE_ns = 50_000_000
MODELS = tuple(simulated_models())


class Bench:
    """One instrument of each model, each on a kernel of its own."""

    def __init__(self) -> None:
        self.kernels = [Kernel() for _ in MODELS]
        self.instruments: list[ScpiInstrument] = [
            build(model, serial_number="SIM0", kernel=kernel, generator=np.random.default_rng(0))
            for model, kernel in zip(MODELS, self.kernels, strict=True)
        ]


BENCH = Bench()


def run(data: bytes) -> None:
    """Any lines, then a device clear, after which the instrument says who it is.

    Instruments are used again and again, which saves building them: what the one input leaves
    set the next one finds.
    """
    pieces = Pieces(data)
    index = pieces.number(len(MODELS))
    kernel, instrument = BENCH.kernels[index], BENCH.instruments[index]
    while pieces.left:
        instrument.receive(pieces.piece() + b"\n", framed=False)
        finish(kernel, instrument)
    instrument.device_clear()
    finish(kernel, instrument)
    instrument.output.clear()
    instrument.receive(b"*IDN?\n", framed=False)
    finish(kernel, instrument)
    assert instrument.output == instrument.identity.encode("ascii") + b"\n"
    instrument.output.clear()


def finish(kernel: Kernel, instrument: ScpiInstrument) -> None:
    """Let the time pass that the instrument needs, and the pause that some want after a line."""
    for _ in range(EVENTS):
        next_ns = kernel.next_event_ns()
        if next_ns is None or not instrument.busy:
            break
        kernel.advance_to(next_ns)
    kernel.advance_to(kernel.now_ns + PAUSE_ns)


TARGET = Target(
    "instruments",
    run,
    inputs=500_000,
    seeds=(
        *(bytes([index]) + b"\x05*IDN?\x0aSYST:ERR?\n" for index in range(len(MODELS))),
        b"\0\x0aCONF:VOLT \x05READ?",
        b"\0\x0bSAMP:COUN 9\x05INIT\x06FETC?",
        b"\3\x0dROUT:CLOS (@1)",
        b"\4\x0dVOLT 3.7,(@1)\x0cOUTP ON,(@1)",
    ),
    longest=120,
)
