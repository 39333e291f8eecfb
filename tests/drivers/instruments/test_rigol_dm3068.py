from __future__ import annotations

import pytest

from drivers.catalogue import OpenInstrument
from drivers.roles import AcAmmeter, AcVoltmeter, Ammeter, CurrentTrain, Voltmeter
from quantities import Clock, Purpose
from tests.drivers.scripted import Wire, checked, opened


@pytest.fixture
def rigol(wire: Wire, clock: Clock) -> OpenInstrument:
    return opened("rigol-dm3068", wire, clock)


def test_a_dm3068_is_set_by_indices_and_rates(rigol: OpenInstrument, wire: Wire):
    wire.expect(
        *checked(
            ":FUNC:VOLT:DC", ":MEAS:VOLT:DC 1", ":RATE:VOLT:DC M", ":MEAS:VOLT:DC:IMPEDANCE 10G"
        ),
        (":MEAS:VOLT:DC?", "1.234500e+00"),
        *checked(
            ":FUNC:VOLT:DC", ":MEAS:VOLT:DC 2", ":RATE:VOLT:DC S", ":MEAS:VOLT:DC:IMPEDANCE 10M"
        ),
        (":MEAS:VOLT:DC?", "4.200000e+00"),
        *checked(":FUNC:CURR:DC", ":MEAS:CURR:DC 3", ":RATE:CURR:DC F"),
        (":MEAS:CURR:DC?", "1.000000e-01"),
    )
    voltmeter, ammeter = rigol.part(Voltmeter), rigol.part(Ammeter)
    assert voltmeter.dc_voltage(range_V=2.0, power_line_cycles=1).value == 1.2345
    assert voltmeter.dc_voltage(range_V=5.0, power_line_cycles=10).value == 4.2
    assert ammeter.dc_current(range_A=0.2, power_line_cycles=0.4).value == 0.1


def test_a_dm3068_answers_with_a_value_that_began_after_the_question(
    rigol: OpenInstrument, wire: Wire, clock: Clock
):
    wire.expect(
        *checked(":FUNC:CURR:DC", ":MEAS:CURR:DC 4", ":RATE:CURR:DC S"),
        (":MEAS:CURR:DC?", "1.000000e+00"),
    )
    rigol.part(Ammeter).dc_current(range_A=1.0, power_line_cycles=20)
    assert clock.ledger()[Purpose.APERTURE] == 2 * 400_000_000


def test_a_dm3068_measures_true_rms_slowly(rigol: OpenInstrument, wire: Wire, clock: Clock):
    wire.expect(
        *checked(":FUNC:CURR:AC", ":MEAS:CURR:AC 2", ":RATE:CURR:AC S"),
        (":MEAS:CURR:AC?", "2.000000e-01"),
        *checked(":FUNC:VOLT:AC", ":MEAS:VOLT:AC 0", ":RATE:VOLT:AC S"),
        (":MEAS:VOLT:AC?", "1.000000e-02"),
    )
    assert rigol.part(AcAmmeter).ac_current(range_A=0.5, lowest_Hz=100).value == 0.2
    assert clock.ledger()[Purpose.APERTURE] == 2 * 800_000_000
    assert rigol.part(AcVoltmeter).ac_voltage(range_V=0.1, lowest_Hz=100).value == 0.01


def test_a_dm3068_takes_no_train_of_readings(rigol: OpenInstrument):
    assert not isinstance(rigol.part(Ammeter), CurrentTrain)
