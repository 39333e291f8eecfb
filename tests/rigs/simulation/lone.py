"""One simulated module between a wire that a test drives and one that it listens to."""

from __future__ import annotations

import numpy as np

from rigs.simulation.kernel import Kernel
from rigs.simulation.line import Run, cut_into_messages, duration_ns
from rigs.simulation.modules.adc import Converter
from rigs.simulation.modules.consumption import Consumption
from rigs.simulation.modules.eeprom import Eeprom
from rigs.simulation.modules.memory import InitialSettings
from rigs.simulation.modules.module import Module
from rigs.simulation.modules.receiver import Receiver
from rigs.simulation.modules.traits import Traits

BIT_ns = 1e9 / 9600
"""104 166.67 ns."""

MS = 1_000_000
SECOND = 1_000_000_000

PROCESSING_ns = 1_500_000
WATCHDOG_ns = 2 * SECOND
POWER_UP_ns = 72 * MS
EEPROM_BYTE_ns = 5 * MS
TO_SLEEP_ns = 1 * MS
REFERENCE_V = 1.2
"""At 4.8 V the code is exactly 1024 = 0x400."""

SETTINGS = InitialSettings(constant=0x4BD000, bleeding_code=0x4A0, low_code=0x5E0, high_code=0x49C)
"""The example of the clauses: with a reference of 1.213 V 4.196 V, 3.303 V and 4.211 V."""


class Feed:
    """A cell whose voltage a test sets; what the bleed output did is kept with its times."""

    def __init__(self) -> None:
        self.cell_V = 3.7
        self.bleeding: list[tuple[int, bool]] = []

    def sampled_V(self, time_ns: int) -> float:  # noqa: ARG002 - the same at all times
        return self.cell_V

    def bleed(self, *, on: bool, time_ns: int) -> None:
        self.bleeding.append((time_ns, on))


class Lone:
    """A powered module without any spread or noise, awake after its deaf time."""

    def __init__(
        self,
        *,
        half_duplex: bool = True,
        equality_counts: bool = True,
        measures_on_watchdog: bool = True,
        hysteresis_codes: int = 0,
        settings: InitialSettings = SETTINGS,
        bit_ns: float = BIT_ns,
        powered: bool = True,
    ) -> None:
        self.kernel = Kernel()
        self.feed = Feed()
        self.sent: list[Run] = []
        self.stopped_ns: list[int] = []
        self.eeprom = Eeprom(settings.eeprom_contents(), EEPROM_BYTE_ns)
        self.module = Module(
            Traits(
                bit_ns=bit_ns,
                processing_ns=PROCESSING_ns,
                watchdog_ns=WATCHDOG_ns,
                power_up_ns=POWER_UP_ns,
                hysteresis_codes=hysteresis_codes,
                half_duplex=half_duplex,
                equality_counts=equality_counts,
                measures_on_watchdog=measures_on_watchdog,
            ),
            kernel=self.kernel,
            receiver=Receiver(bit_ns),
            converter=Converter(REFERENCE_V, 0.0, 0.0, np.random.default_rng(1)),
            eeprom=self.eeprom,
            consumption=Consumption(
                asleep_A=6e-6, active_A=1e-3, watchdog_A=5e-4, to_sleep_ns=TO_SLEEP_ns
            ),
            feed=self.feed,
        )
        self.module.send = self.sent.append
        self.module.stop_sending = self.stopped_ns.append
        if powered:
            self.module.power_up(0)
            self.wait(150 * MS)

    @property
    def now_ns(self) -> int:
        return self.kernel.now_ns

    def wait(self, nanoseconds: int) -> None:
        self.kernel.advance_to(self.kernel.now_ns + nanoseconds)

    def put(self, run: Run) -> None:
        """Put a run on the module's wire."""
        self.module.inbound.append(run)
        self.kernel.at(run.end_ns, self.module.arrive)

    def say(self, characters: bytes, *, bit_ns: float = BIT_ns, wait: bool = True) -> int:
        """Send characters without a gap, from now on; the time at which the last one ends."""
        start_ns = self.now_ns
        for piece, message in cut_into_messages(characters):
            end_ns = start_ns + duration_ns(len(piece), bit_ns)
            self.put(Run(piece, start_ns, end_ns, bit_ns, message))
            start_ns = end_ns
        if wait:
            self.kernel.advance_to(start_ns)
        return start_ns

    def hold_low(self, nanoseconds: int) -> None:
        """A break, a pulse or a glitch."""
        self.put(Run(b"", self.now_ns, self.now_ns + nanoseconds, BIT_ns))
        self.wait(nanoseconds)

    def ask(self, characters: bytes, *, settle_ns: int = 100 * MS) -> bytes:
        """Send a message and let the module finish; what it sends."""
        before = len(self.sent)
        self.say(characters)
        self.wait(settle_ns)
        return b"".join(run.characters for run in self.sent[before:])

    def code(self) -> int:
        """The code that the module answers now."""
        return int(self.ask(b"A01U\r")[5:8], 16)

    def nibble(self) -> int:
        """The status nibble that the module answers to ``U`` now."""
        return int(self.ask(b"A01U\r")[8:9], 16)
