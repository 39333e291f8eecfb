"""How one specimen of each family is made from its data sheet and what it is wired to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np

from rigs.simulation.instruments.bk_8600 import Bk8600
from rigs.simulation.instruments.connections import Connections
from rigs.simulation.instruments.figures import (
    LinearError,
    YEAR_d,
    draw_error,
)
from rigs.simulation.instruments.instrument import ScpiInstrument
from rigs.simulation.instruments.keithley_2280s import Keithley2280s
from rigs.simulation.instruments.keithley_dmm6500 import KeithleyDmm6500
from rigs.simulation.instruments.keysight_34460 import Keysight34460
from rigs.simulation.instruments.keysight_34460_functions import RANGE_CHANGE_s
from rigs.simulation.instruments.keysight_34465 import Keysight34465
from rigs.simulation.instruments.keysight_34970a import Keysight34970a
from rigs.simulation.instruments.keysight_daq970a import KeysightDaq970a, Probe
from rigs.simulation.instruments.keysight_e36300 import KeysightE36300
from rigs.simulation.instruments.keysight_n5700 import KeysightN5700
from rigs.simulation.instruments.load import LoadInput
from rigs.simulation.instruments.meter import Input
from rigs.simulation.instruments.rigol_dl3000 import RigolDl3000
from rigs.simulation.instruments.rigol_dm3068 import RATES, RigolDm3068
from rigs.simulation.instruments.rigol_dp800 import RigolDp800
from rigs.simulation.instruments.rohdeschwarz_hmp import RohdeSchwarzHmp
from rigs.simulation.instruments.rohdeschwarz_ngx import RohdeSchwarzNgx
from rigs.simulation.instruments.siglent_sdm3065x import SiglentSdm3065x
from rigs.simulation.instruments.siglent_spd1000x import SiglentSpd1000x
from rigs.simulation.instruments.siglent_spd3303x import SiglentSpd3303x
from rigs.simulation.instruments.supply import Output
from rigs.simulation.instruments.unconnected import Constant, Unconnected, UnconnectedSink
from rigs.simulation.kernel import Kernel
from rigs.simulation.signals import (
    Signal,
)


@dataclass(frozen=True)
class Specimen:
    """What a family's builder needs to make one instrument."""

    model: str
    figures: Mapping[str, Any]
    identity: str
    kernel: Kernel
    generator: np.random.Generator
    connections: Connections
    ideal: bool
    line_frequency_Hz: float

    def output(self, table: Mapping[str, Any]) -> Output:
        """One output of a supply, from its table in the data sheet."""
        return Output(
            figures=table,
            terminals=self.connections.terminals.get(table["channel"]) or Unconnected(),
            kernel=self.kernel,
            generator=self.generator,
            ideal=self.ideal,
        )

    def voltage_input(self) -> Input:
        """The voltage input of a meter."""
        return Input(
            figures=self.figures["dc_voltage"],
            ac_figures=self.figures["ac_voltage"],
            signal=self.connections.voltage or Constant(0.0),
            load=self.connections.load,
            kernel=self.kernel,
            generator=self.generator,
            ideal=self.ideal,
        )

    def current_input(self, *, interruption_s: float) -> Input:
        """The current input of a meter."""
        return Input(
            figures=self.figures["dc_current"],
            ac_figures=self.figures["ac_current"],
            signal=self.connections.current or Constant(0.0),
            burden=self.connections.burden,
            interruption_s=interruption_s,
            kernel=self.kernel,
            generator=self.generator,
            ideal=self.ideal,
        )


class _SupplyClass(Protocol):
    def __call__(
        self, *, kernel: Kernel, identity: str, outputs: Sequence[Output]
    ) -> ScpiInstrument: ...


def _supply(make: _SupplyClass, specimen: Specimen) -> ScpiInstrument:
    return make(
        kernel=specimen.kernel,
        identity=specimen.identity,
        outputs=[specimen.output(table) for table in specimen.figures["outputs"]],
    )


class _DeafSupplyClass(Protocol):
    def __call__(
        self, *, kernel: Kernel, identity: str, outputs: Sequence[Output], write_gap_s: float
    ) -> ScpiInstrument: ...


def _deaf_supply(make: _DeafSupplyClass, specimen: Specimen) -> ScpiInstrument:
    gap_s: float = specimen.figures["model"]["write_gap_s"]
    return _supply(partial(make, write_gap_s=gap_s), specimen)


def _keysight_34460(make: type[Keysight34460], specimen: Specimen) -> ScpiInstrument:
    return make(
        model=specimen.model,
        kernel=specimen.kernel,
        identity=specimen.identity,
        voltage=specimen.voltage_input(),
        current=specimen.current_input(interruption_s=RANGE_CHANGE_s),
        line_frequency_Hz=specimen.line_frequency_Hz,
    )


class _MeterClass(Protocol):
    def __call__(
        self,
        *,
        kernel: Kernel,
        identity: str,
        voltage: Input,
        current: Input,
        line_frequency_Hz: float,
    ) -> ScpiInstrument: ...


def _meter(make: _MeterClass, specimen: Specimen) -> ScpiInstrument:
    return make(
        kernel=specimen.kernel,
        identity=specimen.identity,
        voltage=specimen.voltage_input(),
        current=specimen.current_input(interruption_s=0.0),
        line_frequency_Hz=specimen.line_frequency_Hz,
    )


def _rigol_dm3068(specimen: Specimen) -> ScpiInstrument:
    cycles = [table["power_line_cycles"] for table in specimen.figures["dc_voltage"]["apertures"]]
    return RigolDm3068(
        kernel=specimen.kernel,
        identity=specimen.identity,
        voltage=specimen.voltage_input(),
        current=specimen.current_input(interruption_s=0.0),
        apertures_s={
            rate: count / specimen.line_frequency_Hz
            for rate, count in zip(RATES, cycles, strict=True)
        },
    )


def _keysight_n5700(specimen: Specimen) -> ScpiInstrument:
    return KeysightN5700(
        kernel=specimen.kernel,
        identity=specimen.identity,
        output=specimen.output(specimen.figures["outputs"][0]),
    )


class _LoadClass(Protocol):
    def __call__(
        self, *, kernel: Kernel, identity: str, terminals: LoadInput
    ) -> ScpiInstrument: ...


def _load(make: _LoadClass, specimen: Specimen) -> ScpiInstrument:
    return make(
        kernel=specimen.kernel,
        identity=specimen.identity,
        terminals=LoadInput(
            figures=specimen.figures["load"],
            terminals=specimen.connections.sink or UnconnectedSink(),
            kernel=specimen.kernel,
            generator=specimen.generator,
            ideal=specimen.ideal,
        ),
    )


def _keysight_daq970a(make: type[KeysightDaq970a], specimen: Specimen) -> ScpiInstrument:
    relays, thermometer = specimen.figures["relays"], specimen.figures["thermometer"]
    thermistors = specimen.figures["thermistors"]

    def probes(table: Mapping[str, Any], places: Mapping[int, Signal]) -> dict[int, Probe]:
        within = [table["probe_error"] | {"days": YEAR_d}]
        return {
            channel: Probe(
                place,
                LinearError()
                if specimen.ideal
                else draw_error({"within": within}, specimen.generator),
            )
            for channel, place in places.items()
        }

    return make(
        kernel=specimen.kernel,
        identity=specimen.identity,
        card=relays["card"],
        channels_per_card=relays["channels"],
        switching_s=relays["switching_s"],
        relays=specimen.connections.relays,
        wired=specimen.connections.channels,
        contacts=specimen.connections.contacts,
        probes=probes(thermometer, specimen.connections.temperatures),
        thermistors=probes(thermistors, specimen.connections.thermistors),
        thermistor_channels=thermistors["channels"],
        probe_card=thermometer["card"],
        measuring_s=thermometer["measuring_s"],
        thermistor_s=thermistors["measuring_s"],
    )


@dataclass(frozen=True)
class Family:
    """Maker and firmware as ``*IDN?`` names them, and what makes an instrument."""

    maker: str
    firmware: str
    make: Callable[[Specimen], ScpiInstrument]
    before_model: str = ""
    """What comes before the model's name."""
    serial_number: str | None = None
    """What every specimen says, where it does not know its own."""


FAMILIES: Mapping[str, Family] = {
    "keysight_e36300": Family(
        "Keysight Technologies", "2.1.0-1.0.4-1.12", partial(_supply, KeysightE36300)
    ),
    "keysight_34460": Family(
        "Keysight Technologies",
        "A.03.00-02.40-03.00-00.52-04-01",
        partial(_keysight_34460, Keysight34460),
    ),
    "keysight_34465": Family(
        "Keysight Technologies",
        "A.03.03-02.40-03.03-00.52-03-03",
        partial(_keysight_34460, Keysight34465),
    ),
    "keysight_n5700": Family("Agilent Technologies", "A.00.01", _keysight_n5700),
    "rigol_dl3000": Family("RIGOL TECHNOLOGIES", "00.01.05.00.01", partial(_load, RigolDl3000)),
    "bk_8600": Family("B&K Precision", "1.37-1.42", partial(_load, Bk8600)),
    "keysight_daq970a": Family(
        "Keysight Technologies",
        "A.02.04-00.16-11.29-00.02-02-01",
        partial(_keysight_daq970a, KeysightDaq970a),
    ),
    "siglent_spd3303x": Family(
        "Siglent Technologies", "1.01.01.02.07,V3.0", partial(_deaf_supply, SiglentSpd3303x)
    ),
    "rigol_dp800": Family("RIGOL TECHNOLOGIES", "00.01.16", partial(_deaf_supply, RigolDp800)),
    "siglent_spd1000x": Family(
        "Siglent Technologies", "2.1.1.9,V1.0", partial(_deaf_supply, SiglentSpd1000x)
    ),
    "rohdeschwarz_hmp": Family(
        "ROHDE&SCHWARZ", "HW50020001/SW2.51", partial(_supply, RohdeSchwarzHmp)
    ),
    "rohdeschwarz_ngx": Family("Rohde&Schwarz", "04.000", partial(_supply, RohdeSchwarzNgx)),
    "keithley_2280s": Family(
        "KEITHLEY INSTRUMENTS", "01.08b", partial(_supply, Keithley2280s), before_model="MODEL "
    ),
    "siglent_sdm3065x": Family(
        "Siglent Technologies", "3.01.01.10", partial(_meter, SiglentSdm3065x)
    ),
    "keithley_dmm6500": Family(
        "KEITHLEY INSTRUMENTS", "1.7.12b", partial(_meter, KeithleyDmm6500), before_model="MODEL "
    ),
    "rigol_dm3068": Family("Rigol Technologies", "01.01.00.01.10.00", _rigol_dm3068),
}
"""By the family that the data sheet names."""

MODELS: Mapping[str, Family] = {
    "keysight-34970a": Family(
        "HEWLETT-PACKARD", "13-2-2", partial(_keysight_daq970a, Keysight34970a), serial_number="0"
    ),
}
"""Those that their drivers do not tell from their family, but that are other instruments."""
