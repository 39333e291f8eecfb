from __future__ import annotations

import math

import pytest

from drivers.catalogue import OpenInstrument, open_instrument
from drivers.roles import OverCurrentProtection, OverVoltageProtection, Supply
from quantities import Clock, Purpose
from quantities.errors import InstrumentError, InstrumentReported, InstrumentTimeout
from tests.drivers.scripted import NO_ERROR, OPENINGS, TIME_OUT, Exchange, Wire, checked, opened

SECOND_ns = 1_000_000_000


@pytest.fixture
def keysight(wire: Wire, clock: Clock) -> OpenInstrument:
    return opened("keysight-e36312a", wire, clock)


@pytest.fixture
def siglent(wire: Wire, clock: Clock) -> OpenInstrument:
    return opened("siglent-spd3303x", wire, clock)


def test_an_e36300_speaks_to_one_output_by_its_channel_list(keysight: OpenInstrument, wire: Wire):
    supply = keysight.part(Supply, 1)
    wire.expect(
        *checked("VOLT 3.7,(@1)", "CURR 0.65,(@1)", "OUTP ON,(@1)", "VOLT 4.196,(@1)"),
        ("MEAS:VOLT? (@1)", "+4.19612345E+00"),
        ("MEAS:CURR? (@1)", "+4.20000000E-01"),
        *checked("OUTP OFF,(@1)"),
    )
    supply.set_voltage(3.7)
    supply.set_current_limit(0.65)
    supply.set_output(on=True)
    supply.set_voltage(4.196)
    voltage, current = supply.output_voltage(), supply.output_current()
    supply.set_output(on=False)
    assert (voltage.value, voltage.unit) == (4.19612345, "V")
    assert (current.value, current.unit) == (0.42, "A")
    # 0.2 % of 0.42 A is 0.84 mA, and 10 mA; rectangular.
    assert current.standard_uncertainty == pytest.approx(10.84e-3 / math.sqrt(3))


def test_an_spd3303x_names_its_output_before_or_after_the_command(
    siglent: OpenInstrument, wire: Wire
):
    supply = siglent.part(Supply, 2)
    siglent_set: list[Exchange] = []
    for command in ("CH2:VOLT 3.700", "CH2:CURR 0.650", "OUTP CH2,ON"):
        siglent_set += [command, ("SYST:ERR?", "0  No Error")]
    wire.expect(*siglent_set, ("MEAS:VOLT? CH2", "3.701"), ("MEAS:CURR? CH2", "0.012"))
    supply.set_voltage(3.7)
    supply.set_current_limit(0.65)
    supply.set_output(on=True)
    assert supply.output_voltage().value == 3.701
    assert supply.output_current().value == 0.012


def test_an_spd3303x_gets_its_gaps_between_lines(siglent: OpenInstrument, wire: Wire, clock: Clock):
    supply = siglent.part(Supply, 1)
    clock.wait(1.0, Purpose.IDLE)
    start_ns = clock.now()
    wire.expect("CH1:VOLT 3.700", ("SYST:ERR?", "0  No Error"))
    supply.set_voltage(3.7)
    assert clock.now() - start_ns == (20 + 100) * 1_000_000


def test_a_reading_names_its_instrument_and_its_time(
    keysight: OpenInstrument, wire: Wire, clock: Clock
):
    clock.wait(2.0, Purpose.IDLE)
    wire.expect(("MEAS:VOLT? (@3)", "0"))
    reading = keysight.part(Supply, 3).output_voltage()
    assert reading.instrument == "E36312A MY59000001"
    assert reading.time_ns == clock.now() == 2 * SECOND_ns
    assert reading.degrees_of_freedom == math.inf


def test_a_supply_settles_only_while_its_output_is_on(
    keysight: OpenInstrument, wire: Wire, clock: Clock
):
    supply = keysight.part(Supply, 1)
    settled: list[int] = []
    wire.expect(*checked("VOLT 1,(@1)", "OUTP ON,(@1)", "VOLT 2,(@1)"))
    for act in (
        lambda: supply.set_voltage(1.0),
        lambda: supply.set_output(on=True),
        lambda: supply.set_voltage(2.0),
    ):
        before_ns = clock.ledger()[Purpose.SETTLING]
        act()
        settled.append(clock.ledger()[Purpose.SETTLING] - before_ns)
    assert settled == [0, 0.4 * SECOND_ns, 0.4 * SECOND_ns]


@pytest.mark.parametrize("volts", [-0.1, 6.19, 25.0, math.nan, math.inf])
def test_a_voltage_beyond_the_rating_is_refused_before_anything_is_sent(
    keysight: OpenInstrument, volts: float
):
    with pytest.raises(InstrumentError, match=r"output 1 cannot be set to .* 0 to 6.18 V"):
        keysight.part(Supply, 1).set_voltage(volts)


def test_a_current_beyond_the_rating_is_refused_before_anything_is_sent(
    siglent: OpenInstrument,
):
    with pytest.raises(InstrumentError, match=r"cannot be set to 3.3 A.*0 to 3.2 A"):
        siglent.part(Supply, 1).set_current_limit(3.3)


@pytest.mark.parametrize(("register", "limited"), [("+0", False), ("+2", False), ("+1", True)])
def test_an_e36300_tells_constant_current_by_its_register(
    keysight: OpenInstrument, wire: Wire, register: str, *, limited: bool
):
    wire.expect(("STAT:QUES:INST:ISUM2:COND?", register))
    assert keysight.part(Supply, 2).in_current_limit() is limited


@pytest.mark.parametrize(
    ("channel", "status", "limited"),
    [
        (1, "0x4", False),  # off, independent
        (1, "0x14", False),  # on, constant voltage
        (1, "0x15", True),  # on, constant current
        (1, "0x5", False),  # off: its constant current means nothing
        (2, "0x15", False),  # of the other output
        (2, "0x26", True),
    ],
)
def test_an_spd3303x_tells_constant_current_by_its_status_word(
    siglent: OpenInstrument, wire: Wire, channel: int, status: str, *, limited: bool
):
    wire.expect(("SYST:STAT?", status))
    assert siglent.part(Supply, channel).in_current_limit() is limited


def test_a_status_word_that_is_none_is_an_error(siglent: OpenInstrument, wire: Wire):
    wire.expect(("SYST:STAT?", "independent"))
    with pytest.raises(InstrumentError, match=r"'independent' to 'SYST:STAT\?'"):
        siglent.part(Supply, 1).in_current_limit()


def test_protections_are_set_before_the_first_volt(keysight: OpenInstrument, wire: Wire):
    wire.expect(
        *checked("VOLT:PROT 5.5,(@1)"),
        ("VOLT:PROT? (@1)", "+5.50000000E+00"),
        *checked("CURR:PROT:STAT ON,(@1)"),
        ("VOLT:PROT:TRIP? (@1)", "1"),
        ("CURR:PROT:TRIP? (@1)", "0"),
    )
    over_voltage = keysight.part(OverVoltageProtection, 1)
    over_current = keysight.part(OverCurrentProtection, 1)
    over_voltage.set_over_voltage_protection(5.5)
    over_current.set_over_current_protection(on=True)
    assert over_voltage.over_voltage_tripped() is True
    assert over_current.over_current_tripped() is False


def test_a_protection_that_reads_back_another_value_is_an_error(
    keysight: OpenInstrument, wire: Wire
):
    wire.expect(*checked("VOLT:PROT 5.5,(@1)"), ("VOLT:PROT? (@1)", "+6.60000000E+00"))
    with pytest.raises(InstrumentError, match=r"reads back 6.6 V.*expected: 5.5 V"):
        keysight.part(OverVoltageProtection, 1).set_over_voltage_protection(5.5)


def test_a_protection_beyond_the_rating_is_refused(keysight: OpenInstrument):
    with pytest.raises(InstrumentError, match=r"0 to 6.6 V"):
        keysight.part(OverVoltageProtection, 1).set_over_voltage_protection(7.0)


def test_making_safe_asks_nothing_and_can_be_repeated(keysight: OpenInstrument, wire: Wire):
    supply = keysight.part(Supply, 1)
    wire.expect("OUTP OFF,(@1)", "OUTP OFF,(@1)")
    supply.make_safe()
    supply.make_safe()


def test_a_supply_made_safe_counts_as_off(keysight: OpenInstrument, wire: Wire, clock: Clock):
    supply = keysight.part(Supply, 1)
    wire.expect(*checked("OUTP ON,(@1)"), "OUTP OFF,(@1)", *checked("VOLT 1,(@1)"))
    supply.set_output(on=True)
    supply.make_safe()
    settled_ns = clock.ledger()[Purpose.SETTLING]
    supply.set_voltage(1.0)
    assert clock.ledger()[Purpose.SETTLING] == settled_ns


@pytest.mark.parametrize("model", ["keysight-e36312a", "siglent-spd3303x"])
def test_making_a_dead_supply_safe_is_an_instrument_error_and_nothing_else(
    model: str, wire: Wire, clock: Clock
):
    supply = opened(model, wire, clock).part(Supply, 1)
    wire.dead = True
    with pytest.raises(InstrumentError, match="OUTP"):
        supply.make_safe()


def test_a_supply_that_falls_silent_is_a_time_out(keysight: OpenInstrument, wire: Wire):
    wire.expect(("MEAS:VOLT? (@1)", TIME_OUT))
    with pytest.raises(InstrumentTimeout, match=r"MEAS:VOLT\?"):
        keysight.part(Supply, 1).output_voltage()


def test_a_supply_that_refuses_to_switch_off_does_not_open(wire: Wire, clock: Clock):
    *lines, _ = OPENINGS["keysight-e36312a"]
    wire.expect(*lines, ("SYST:ERR?", '-221,"Settings conflict"'), ("SYST:ERR?", NO_ERROR))
    with pytest.raises(InstrumentReported, match=r"OUTP OFF.*Settings conflict"):
        open_instrument("keysight-e36312a", wire.session, clock)
