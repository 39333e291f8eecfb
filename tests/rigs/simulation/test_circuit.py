"""Voltages and currents of a panel by hand, and what brings a module down."""

from __future__ import annotations

import math

import pytest

from rigs.simulation.probes import PanelAmmeter, PanelRelays, PanelSource
from tests.rigs.simulation.panels import MS, SECOND, Panel

POWER_UP_ns = 72 * MS


def bleed(panel: Panel, *positions: int) -> None:
    for position in positions:
        panel.circuit.set_bleeding(position - 1, on=True, time_ns=panel.now_ns)


def terminal_V(panel: Panel, position: int, *, without_own_bleed: bool = False) -> float:
    return panel.circuit.terminal_V(position - 1, panel.now_ns, without_own_bleed=without_own_bleed)


# -- node voltages -------------------------------------------------------------------------------


def test_without_load_every_module_has_the_sources_voltage():
    panel = Panel(4, lead_ohm=0.05)
    assert [terminal_V(panel, position) for position in (1, 4)] == [3.7, 3.7]


@pytest.mark.parametrize("bleeding", [1, 2, 16])
def test_bleeding_modules_draw_the_panel_down_by_the_leads(bleeding: int):
    panel = Panel(16, volts=4.0, lead_ohm=0.05, bleeder_ohm=10.0)
    bleed(panel, *range(1, bleeding + 1))
    # 0.05 Ω in series with 10 Ω / k
    parallel_ohm = 10.0 / bleeding
    expected_V = 4.0 * parallel_ohm / (0.05 + parallel_ohm)
    assert terminal_V(panel, 1) == pytest.approx(expected_V, rel=1e-12)
    assert terminal_V(panel, 16) == pytest.approx(expected_V, rel=1e-12)


def test_a_module_that_samples_with_its_output_off_sees_the_others_bleed():
    panel = Panel(3, volts=4.0, lead_ohm=0.05, bleeder_ohm=10.0)
    bleed(panel, 1, 2)
    one_V, two_V = 4.0 * 10 / 10.05, 4.0 * 5 / 5.05
    assert terminal_V(panel, 1, without_own_bleed=True) == pytest.approx(one_V, rel=1e-12)
    assert terminal_V(panel, 3, without_own_bleed=True) == pytest.approx(two_V, rel=1e-12)


@pytest.mark.parametrize(("sampled_off", "code"), [(True, 4 * 284), (False, 4 * 298)])
def test_what_a_module_converts_while_it_bleeds(*, sampled_off: bool, code: int):
    # 0.5 Ω of leads and 10 Ω: 4.326 V without its own current, 4.12 V with it
    panel = Panel(1, volts=4.326, lead_ohm=0.5, samples_with_bleed_off=sampled_off)
    panel.ask(b"\r", 0)
    panel.wait(100 * MS)
    assert panel.ask(b"A01U\r", 10)[5:8] == b"%03X" % code


def test_a_current_limit_cuts_the_voltage_to_what_the_load_takes():
    panel = Panel(2, volts=4.0, lead_ohm=0.05, bleeder_ohm=10.0)
    source = PanelSource(panel.circuit)
    panel.drive(4.0, limit_A=0.6)
    assert not source.in_current_limit(panel.now_ns)
    bleed(panel, 1)
    assert not source.in_current_limit(panel.now_ns)
    bleed(panel, 2)
    # two of 10 Ω would take 0.79 A: 0.6 A in 5 Ω, and 30 mV on the leads
    assert source.in_current_limit(panel.now_ns)
    assert terminal_V(panel, 1) == pytest.approx(3.0, rel=1e-12)
    assert source.voltage.value(panel.now_ns) == pytest.approx(3.03, rel=1e-12)
    # without its own output only one module would load the supply, within its limit
    assert terminal_V(panel, 1, without_own_bleed=True) == pytest.approx(4.0 * 10 / 10.05)


def test_a_pulsed_bleeder_moves_what_the_modules_sample_with_each_edge():
    panel = Panel(2, volts=4.0, lead_ohm=0.5, bleeder_ohm=9.5, pwm_period_s=0.001, pwm_duty=0.4)
    other = panel.circuit.feeds[1]
    assert other.sampled_V(panel.now_ns) == 4.0
    bleed(panel, 1)
    seen = []
    for _ in range(10):
        seen.append(other.sampled_V(panel.now_ns))
        panel.wait(250_000)
    # at 0, 0.25, 0.5 and 0.75 ms of each millisecond
    assert seen == pytest.approx([3.8, 3.8, 4.0, 4.0, 3.8, 3.8, 4.0, 4.0, 3.8, 3.8], rel=1e-12)


def test_what_a_module_samples_follows_a_supply_that_has_not_settled():
    panel = Panel(1, volts=3.0)
    panel.drive(4.0, time_constant_ns=1e6)
    feed = panel.circuit.feeds[0]
    panel.wait(MS)
    assert feed.sampled_V(panel.now_ns) == pytest.approx(4.0 - 1.0 / math.e, rel=1e-9)
    panel.wait(MS)
    assert feed.sampled_V(panel.now_ns) == pytest.approx(4.0 - 1.0 / math.e**2, rel=1e-9)
    panel.wait(SECOND)
    assert feed.sampled_V(panel.now_ns) == 4.0
    panel.drive(3.5)
    assert feed.sampled_V(panel.now_ns) == 3.5


# -- the ammeter's burden ------------------------------------------------------------------------


def test_in_the_whole_feed_the_burden_is_in_series_with_all_modules():
    panel = Panel(4, volts=4.0, lead_ohm=0.05, bleeder_ohm=10.0)
    panel.circuit.meter_whole_feed()
    PanelAmmeter(panel.circuit).set_burden(0.45, panel.now_ns)
    bleed(panel, 1, 2)
    assert terminal_V(panel, 3) == pytest.approx(4.0 * 5 / 5.5, rel=1e-12)


def test_in_a_multiplexed_branch_the_burden_is_that_branchs_alone():
    panel = Panel(4, volts=4.0, lead_ohm=0.5, bleeder_ohm=10.0, active_A=0.001)
    PanelAmmeter(panel.circuit).set_burden(2.5, panel.now_ns)
    PanelRelays(panel.circuit).set_path(2, through_ammeter=True, time_ns=panel.now_ns)
    bleed(panel, 1, 2)
    # 10 Ω beside 12.5 Ω are 50/9 Ω behind leads of 0.5 Ω
    bus_V = 4.0 * (50 / 9) / (50 / 9 + 0.5)
    assert terminal_V(panel, 1) == pytest.approx(bus_V, rel=1e-12)
    # the burden carries the bleed current and what the module's electronics take when awake
    expected_V = bus_V - 2.5 * (bus_V / 12.5 + 0.001)
    assert terminal_V(panel, 2) == pytest.approx(expected_V, rel=1e-12)
    PanelRelays(panel.circuit).set_path(2, through_ammeter=False, time_ns=panel.now_ns)
    assert terminal_V(panel, 2) == pytest.approx(4.0 * 5 / 5.5, rel=1e-12)


@pytest.mark.parametrize("whole_feed", [True, False])
def test_an_open_path_during_a_range_change_resets_the_modules_behind_it(*, whole_feed: bool):
    panel = Panel(2)
    if whole_feed:
        panel.circuit.meter_whole_feed()
    else:
        PanelRelays(panel.circuit).set_path(1, through_ammeter=True, time_ns=panel.now_ns)
    panel.ask(b"d\r", 3)
    ammeter = PanelAmmeter(panel.circuit)
    ammeter.set_burden(0.1, panel.now_ns)
    ammeter.interrupt(2 * MS, panel.now_ns)
    assert terminal_V(panel, 1) == 0.0
    assert [module.powered for module in panel.modules] == [False, not whole_feed]
    panel.wait(2 * MS)
    assert [module.powered for module in panel.modules] == [True, True]
    assert terminal_V(panel, 1) == pytest.approx(3.7, abs=1e-3)
    panel.wait(200 * MS)
    # a reset module has forgotten d
    assert panel.ask(b"S0F\r", 5) == (b"\nS88\r" if whole_feed else b"\nS80\r")


def test_a_second_range_change_keeps_the_path_open_until_its_own_end():
    panel = Panel(1)
    panel.circuit.meter_whole_feed()
    ammeter = PanelAmmeter(panel.circuit)
    ammeter.interrupt(2 * MS, panel.now_ns)
    panel.wait(MS)
    ammeter.set_burden(5.0, panel.now_ns)
    ammeter.interrupt(2 * MS, panel.now_ns)
    panel.wait(2 * MS - 1)
    assert not panel.modules[0].powered
    panel.wait(1)
    assert panel.modules[0].powered
    assert panel.circuit.epoch.burden_ohm == 5.0


def test_the_supply_sees_no_load_while_the_whole_feed_is_open():
    panel = Panel(1, volts=4.0, lead_ohm=0.05)
    panel.circuit.meter_whole_feed()
    source = PanelSource(panel.circuit)
    bleed(panel, 1)
    assert source.current.value(panel.now_ns) == pytest.approx(4.0 / 10.05, rel=1e-2)
    PanelAmmeter(panel.circuit).interrupt(MS, panel.now_ns)
    assert source.current.value(panel.now_ns) == 0.0
    assert source.voltage.value(panel.now_ns) == 4.0


# -- brown-out -----------------------------------------------------------------------------------

TAU_ns = 5 * MS


def powered_from(panel: Panel, index: int, expected_ns: float, *, powered: bool) -> None:
    """Hold that a module's power changes within 3 ns after this time."""
    panel.wait_until(math.floor(expected_ns))
    assert panel.modules[index].powered is not powered
    panel.wait_until(math.floor(expected_ns) + 3)
    assert panel.modules[index].powered is powered


def test_a_ramp_powers_a_module_up_where_it_crosses_the_brown_out_voltage():
    panel = Panel(2, volts=0.0, brown_out_V=2.1, others={2: {"brown_out_V": 2.5}})
    panel.drive(4.0, time_constant_ns=TAU_ns)
    powered_from(panel, 0, -TAU_ns * math.log(1 - 2.1 / 4.0), powered=True)
    powered_from(panel, 1, -TAU_ns * math.log(1 - 2.5 / 4.0), powered=True)


def test_a_ramp_down_resets_where_it_crosses_and_a_dip_above_it_does_not():
    panel = Panel(1, volts=4.0, brown_out_V=2.1)
    panel.ask(b"d\r", 3)
    panel.drive(2.2, time_constant_ns=TAU_ns)
    panel.wait(SECOND)
    panel.drive(4.0, time_constant_ns=TAU_ns)
    panel.wait(SECOND)
    assert panel.ask(b"S0F\r", 5) == b"\nS00\r"
    start_ns = panel.now_ns
    panel.drive(0.0, time_constant_ns=TAU_ns)
    powered_from(panel, 0, start_ns + TAU_ns * math.log(4.0 / 2.1), powered=False)
    panel.drive(4.0, time_constant_ns=TAU_ns)
    panel.wait(SECOND)
    assert panel.ask(b"S0F\r", 5) == b"\nS88\r"


def test_a_slow_ramp_is_crossed_as_surely_as_a_fast_one():
    for time_constant_ns in (1000.0, 1e6, 1e9, 3.6e12):
        panel = Panel(1, volts=0.0, brown_out_V=2.1)
        panel.drive(4.0, time_constant_ns=time_constant_ns)
        crossing_ns = -time_constant_ns * math.log(1 - 2.1 / 4.0)
        powered_from(panel, 0, crossing_ns, powered=True)


def test_a_module_behind_a_burden_powers_up_where_its_own_terminals_cross():
    panel = Panel(1, volts=0.0, brown_out_V=2.1, active_A=0.001)
    PanelAmmeter(panel.circuit).set_burden(100.0, panel.now_ns)
    PanelRelays(panel.circuit).set_path(1, through_ammeter=True, time_ns=panel.now_ns)
    panel.drive(4.0, time_constant_ns=TAU_ns)
    # awake it draws a milliampere, which takes 0.1 V in the burden
    powered_from(panel, 0, -TAU_ns * math.log(1 - 2.2 / 4.0), powered=True)


def test_a_module_whose_bleeding_breaks_down_its_own_feed_resets_and_answers_nothing():
    # 50 Ω of leads: with 10 Ω on, 4.3 V become 0.72 V
    panel = Panel(1, volts=4.3, lead_ohm=50.0)
    panel.port.timeout = 1
    assert panel.ask(b"A01U\r", 10) == b""
    assert panel.modules[0].powered
    panel.ask(b"\r", 0)
    panel.drive(3.7)
    panel.wait(SECOND)
    assert panel.ask(b"A01U\r", 10) == b"\nA00U5308\r"


def test_all_modules_reset_when_bleeding_takes_the_panel_into_current_limit():
    panel = Panel(4, volts=4.3, bleeder_ohm=10.0)
    panel.drive(4.3, limit_A=0.2)
    panel.port.timeout = 1
    # the first one that bleeds takes the panel down to 2 V
    assert panel.ask(b"A00@\r", 6) == b""
    panel.drive(3.7, limit_A=1.0)
    panel.wait(SECOND)
    assert panel.ask(b"A00@\r", 6) == b"\nAFC@\r"


def test_power_lost_while_sending_leaves_the_rest_of_the_message_unheard():
    panel = Panel(2, others={1: {"brown_out_V": 3.0}})
    panel.port.timeout = 1
    start_ns = panel.now_ns
    # module 1 sends A01U from 6.7 ms on for 6.25 ms; at 10 ms LF, A and 0 are out
    panel.port.write(b"A02U\r")
    panel.wait_until(start_ns + 10 * MS)
    panel.drive(2.5)
    panel.wait(200 * MS)
    assert panel.port.read(panel.port.in_waiting) == b""
    panel.drive(3.7)
    panel.wait(200 * MS)
    # what module 2 has heard stands in its buffer: A0, and perhaps one character in fragments
    assert panel.ask(b"A02U\r", 10) == b""
    assert panel.ask(b"A02U\r", 10) == b"\nA00U5308\r"


def test_power_lost_by_the_last_module_leaves_the_host_with_the_beginning():
    panel = Panel(1)
    panel.port.timeout = 1
    start_ns = panel.now_ns
    panel.port.write(b"A01U\r")
    # the answer begins after 6 708 333 ns; four characters and 3.4 bits of the fifth are out
    panel.wait_until(start_ns + 6_708_333 + 4_166_667 + 354_167)
    panel.drive(0.0)
    # U is 0x55; its start bit and data bits 1, 0 were sent, ones follow
    assert panel.port.read(10) == b"\nA00" + bytes([0b11111101])


def test_a_source_that_is_switched_again_before_it_crossed_leaves_no_stale_crossing():
    panel = Panel(1, volts=4.0, brown_out_V=2.1)
    panel.drive(0.0, time_constant_ns=TAU_ns)
    panel.wait(MS)
    panel.drive(4.0, time_constant_ns=TAU_ns)
    panel.wait(SECOND)
    assert panel.modules[0].powered
    assert panel.ask(b"S0F\r", 5) == b"\nS88\r"
