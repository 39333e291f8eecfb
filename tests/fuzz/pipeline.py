"""The chain against a line that says anything: answers, parts of them, other modules', noise."""

from __future__ import annotations

from collections.abc import Callable

from drivers.chain.chain import Chain
from drivers.chain.messages import Setting
from drivers.chain.timing import ChainTiming
from quantities import NANOSECONDS_PER_SECOND
from tests.fuzz.target import Pieces, SteppedClock, Target, documented

MODULES = 3
LONGEST_S = 1000.0
"""No exchange with three modules takes this long, whatever is lost."""
TIMING = ChainTiming(processing_s=0.02, watchdog_longest_s=3.2)


class Babbler:
    """A port at which the pieces of an input arrive, whatever was sent."""

    name: str | None = "babbler"
    timeout: float | None = 0.0
    baudrate = 9600

    def __init__(self, pieces: Pieces, clock: SteppedClock) -> None:
        self._pieces = pieces
        self._clock = clock
        self._come = b""

    @property
    def in_waiting(self) -> int:
        self._clock.time_ns += 1000
        return len(self._come)

    def read(self, size: int = 1, /) -> bytes:
        if len(self._come) < size:
            self._come += self._pieces.piece()
        if len(self._come) < size:
            self._clock.time_ns += round((self.timeout or 0) * NANOSECONDS_PER_SECOND)
        read, self._come = self._come[:size], self._come[size:]
        self._clock.time_ns += len(read) * 1_000_000
        return read

    def read_until(self, expected: bytes, /) -> bytes:
        read, end, self._come = (self._come + self.read(64)).partition(expected)
        return read + end

    def write(self, characters: bytes, /) -> int:
        return len(characters)

    def send_break(self, duration: float, /) -> None:
        self._clock.time_ns += round(duration * NANOSECONDS_PER_SECOND)

    def close(self) -> None:
        pass


EXCHANGES: tuple[Callable[[Chain], object], ...] = (
    Chain.count,
    lambda chain: chain.read_voltage(2),
    lambda chain: chain.read_voltages(),
    lambda chain: chain.read_codes(2),
    lambda chain: chain.read_codes(1, "T"),
    lambda chain: chain.read_settings(Setting.CALIBRATION),
    lambda chain: chain.write_setting(Setting.LOW, 1, 0x5E0),
    lambda chain: chain.write_settings(Setting.BLEEDING, [0x4A0] * MODULES),
    Chain.general_status,
    Chain.disable_bleeding,
)


def run(data: bytes) -> None:
    """Two exchanges one after another end in time, as answered or by an error of ours."""
    pieces, clock = Pieces(data), SteppedClock()
    chosen = [EXCHANGES[pieces.number(len(EXCHANGES))] for _ in range(2)]
    chain = Chain(Babbler(pieces, clock), clock, TIMING, MODULES)
    for exchange in chosen:
        with documented:
            exchange(chain)
    assert clock.now() < LONGEST_S * NANOSECONDS_PER_SECOND
    assert chain.statistics.sent == chain.statistics.answered + chain.statistics.lost


TARGET = Target(
    "pipeline",
    run,
    inputs=150_000,
    seeds=(
        b"\0\1\6\nA00@\r",
        b"\2\0\x1b\nA00U53C8\r\nAFFU53C8\r\nAFEU53C8\r",
        b"\6\6\x0a\nAFDL5E0\r",
        b"\x08\x09\4\nS88\r",
    ),
    longest=200,
)
