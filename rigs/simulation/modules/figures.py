"""One module's own figures, drawn once from what its table states; then the module made from them."""

from __future__ import annotations

import numpy as np

from quantities import NANOSECONDS_PER_SECOND
from rigs.simulation.epoch import Bleeder, Branch
from rigs.simulation.kernel import Kernel
from rigs.simulation.modules.adc import Converter, mean_code
from rigs.simulation.modules.alarm import Alarm
from rigs.simulation.modules.consumption import Consumption
from rigs.simulation.modules.eeprom import Eeprom
from rigs.simulation.modules.feed import Feed
from rigs.simulation.modules.memory import InitialSettings
from rigs.simulation.modules.module import Module
from rigs.simulation.modules.receiver import Receiver
from rigs.simulation.modules.thermometer import ICE_POINT_K, Thermometer
from rigs.simulation.modules.traits import Traits
from rigs.simulation.table import ModuleTable


def nanoseconds(seconds: float) -> int:
    """A time of the table on the kernel's clock."""
    return round(seconds * NANOSECONDS_PER_SECOND)


class ModuleFigures:
    """One module's own figures, drawn once; then the module made from them."""

    def __init__(self, table: ModuleTable, generator: np.random.Generator) -> None:
        def spread(fraction: float) -> float:
            return 1.0 + float(generator.uniform(-fraction, fraction))

        self.table = table
        self._generator = generator
        self._reference_V = table.reference_V * spread(table.reference_spread)
        self._offset_codes = table.offset_spread_codes * float(generator.uniform(-1.0, 1.0))
        self._bit_ns = NANOSECONDS_PER_SECOND / Receiver.NOMINAL_BAUD * spread(table.clock_spread)
        self._processing_s = table.processing_s * spread(table.processing_spread)
        self._watchdog_s = table.watchdog_s * spread(table.watchdog_spread)
        self._bleeder_ohm = table.bleeder_ohm * spread(table.bleeder_spread)
        asleep = generator.spawn(1)[0].uniform(-table.asleep_spread, table.asleep_spread)
        self._asleep_A = table.asleep_A * (1.0 + float(asleep))
        self._option_generator = generator.spawn(1)[0]

    @property
    def _initial_settings(self) -> InitialSettings:
        ships = self.table.ships
        if ships is None:
            return self.table.initial_settings
        code = mean_code(self._reference_V, self._offset_codes, ships.calibrated_at_V)
        return ships.settings(code)

    def branch(self) -> Branch:
        """The module's place in the circuit."""
        table = self.table
        return Branch(
            Bleeder(self._bleeder_ohm, nanoseconds(table.pwm_period_s), table.pwm_duty),
            table.brown_out_V,
        )

    def fit_options(self, module: Module, ambient_C: float) -> None:
        """Give it what only some boards have."""
        table = self.table
        if table.thermometer:
            spread_K = table.temperature_spread_K
            module.thermometer = Thermometer(
                ambient_K=ambient_C + ICE_POINT_K + table.warmer_K,
                error_K=float(self._option_generator.uniform(-spread_K, spread_K)),
                noise_K=table.temperature_noise_K,
                rise_K=table.bleeding_warms_K,
                time_constant_ns=nanoseconds(table.warming_s),
                generator=self._option_generator,
                sensor=table.sensor,
            )
        if table.alarm:
            module.alarm = Alarm(table.alarm)

    def build(self, kernel: Kernel, feed: Feed, converter: type[Converter] = Converter) -> Module:
        """The module, unpowered."""
        table = self.table
        return Module(
            Traits(
                bit_ns=self._bit_ns,
                processing_ns=nanoseconds(self._processing_s),
                watchdog_ns=nanoseconds(self._watchdog_s),
                power_up_ns=nanoseconds(table.power_up_s),
                hysteresis_codes=table.hysteresis_codes,
                half_duplex=table.half_duplex,
                equality_counts=table.equality_counts,
                measures_on_watchdog=table.measures_on_watchdog,
            ),
            kernel=kernel,
            receiver=Receiver(self._bit_ns),
            converter=converter(
                self._reference_V, table.noise_codes, self._offset_codes, self._generator
            ),
            eeprom=Eeprom(
                self._initial_settings.eeprom_contents(), nanoseconds(table.eeprom_byte_s)
            ),
            consumption=Consumption(
                asleep_A=self._asleep_A,
                efold_V=table.asleep_efold_V,
                active_A=table.active_A,
                watchdog_A=table.watchdog_A,
                to_sleep_ns=nanoseconds(table.to_sleep_s),
            ),
            feed=feed,
        )
