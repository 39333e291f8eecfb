"""Simulated electronic loads, by their own commands."""

from __future__ import annotations

import pytest
from pyvisa.resources import MessageBasedResource

from rigs.simulation.instruments import Connections
from rigs.simulation.signals import SinkTerminals
from tests.rigs.simulation.bus import NO_ERROR, Bus
from tests.rigs.simulation.waveforms import Steady

RIGOL, BK = "rigol-dl3031", "bk-8614"


class Cell(SinkTerminals):
    """What stands at this voltage whatever is drawn."""

    def __init__(self, volts: float) -> None:
        self.drawn_A = 0.0
        self._volts = volts

    def sink(self, current_A: float, time_ns: int) -> None:  # noqa: ARG002 - at any time
        self.drawn_A = current_A

    @property
    def voltage(self) -> Steady:
        return Steady(self._volts)

    @property
    def current(self) -> Steady:
        return Steady(self.drawn_A)


def connected(
    bus: Bus, model: str, volts: float = 60.0, **options: object
) -> tuple[MessageBasedResource, Cell]:
    cell = Cell(volts)
    load = bus.connect(model, Connections(sink=cell), **options)
    if model == BK:
        load.write("SYST:REM")
    return load, cell


@pytest.mark.parametrize("model", [RIGOL, BK])
def test_it_draws_its_current_while_its_input_is_on(bus: Bus, model: str):
    load, cell = connected(bus, model)
    load.write("CURR 2.5")
    assert cell.drawn_A == 0.0
    load.write("INP ON")
    assert float(load.query("MEAS:CURR?")) == 2.5
    assert float(load.query("MEAS:VOLT?")) == 60.0
    load.write("CURR 3")
    assert (load.query("INP?").strip(), cell.drawn_A) == ("1", 3.0)
    load.write("INP OFF")
    assert float(load.query("MEAS:CURR?")) == 0.0
    assert load.query("SYST:ERR?").strip() == NO_ERROR


@pytest.mark.parametrize(("model", "low", "high"), [(RIGOL, 6, 60), (BK, 24, 240)])
def test_a_value_is_taken_within_its_range_alone(bus: Bus, model: str, low: float, high: float):
    load, _ = connected(bus, model)
    load.write(f"CURR:RANG {low}")
    assert float(load.query("CURR:RANG?")) == low
    load.write(f"CURR {low + 1}")
    assert load.query("SYST:ERR?").startswith("-222")
    assert float(load.query("CURR?")) == 0.0
    load.write(f"CURR:RANG {high};:CURR {low + 1}")
    assert float(load.query("CURR?")) == low + 1
    load.write(f"CURR:RANG {low}")
    assert float(load.query("CURR?")) == low


@pytest.mark.parametrize("model", [RIGOL, BK])
def test_more_power_than_it_bears_switches_it_off(bus: Bus, model: str):
    load, cell = connected(bus, model, volts=100.0)
    load.write("CURR 3;INP ON")
    assert (load.query("INP?").strip(), cell.drawn_A) == ("1", 3.0)
    load.write("CURR 14")
    assert load.query("INP?").strip() == ("0" if model == RIGOL else "1")
    assert cell.drawn_A == (0.0 if model == RIGOL else 14.0)


@pytest.mark.parametrize("model", [RIGOL, BK])
def test_other_functions_than_constant_current_are_refused(bus: Bus, model: str):
    load, _ = connected(bus, model)
    load.write("FUNC VOLT")
    assert load.query("SYST:ERR?").startswith("-221")


def test_a_specimen_draws_and_shows_within_its_data_sheet(bus: Bus):
    load, cell = connected(bus, RIGOL, ideal=False)
    load.write("CURR:RANG 6;:CURR 5;:INP ON")
    shown = float(load.query("MEAS:CURR?"))
    assert cell.drawn_A != 5.0
    assert cell.drawn_A == pytest.approx(5.0, abs=0.011)
    assert shown == pytest.approx(cell.drawn_A, abs=0.011)


def test_in_local_mode_an_8614_takes_no_settings_and_measures(bus: Bus):
    load, cell = connected(bus, BK)
    load.write("SYST:LOC")
    load.write("INP ON")
    assert load.query("SYST:ERR?").strip() == '-201,"Invalid while in local"'
    assert float(load.query("MEAS:VOLT?")) == 60.0
    assert cell.drawn_A == 0.0


def test_resetting_leaves_the_input_off(bus: Bus):
    load, cell = connected(bus, RIGOL)
    load.write("CURR 2;INP ON")
    load.write("*RST")
    assert float(load.query("CURR?")) == 0.0
    assert cell.drawn_A == 0.0
