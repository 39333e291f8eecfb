"""What instruments see: means and mean squares by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from rigs.simulation.probes import (
    PanelAmmeter,
    PanelRelays,
    PanelSignal,
    PanelSource,
    bus_voltage,
    metered_current,
    total_current,
)
from rigs.simulation.signals import Signal
from tests.rigs.simulation.panels import MS, SECOND, Panel

NO_ELECTRONICS: dict[str, Any] = {"asleep_A": 0.0, "active_A": 0.0, "watchdog_A": 0.0}


def voltage(panel: Panel) -> PanelSignal:
    return PanelSignal(panel.circuit, bus_voltage)


def current(panel: Panel) -> PanelSignal:
    """Out of the supply, without the electronics."""
    return PanelSignal(panel.circuit, total_current)


def bleed(panel: Panel, position: int) -> None:
    panel.circuit.set_bleeding(position - 1, on=True, time_ns=panel.now_ns)


def observed(panel: Panel, signal: Signal, nanoseconds: int) -> tuple[float, float]:
    """Mean and mean square over this time from now on."""
    signal.observe()
    start_ns = panel.now_ns
    panel.wait(nanoseconds)
    result = signal.mean(start_ns, panel.now_ns), signal.mean_square(start_ns, panel.now_ns)
    signal.release()
    return result


def ac_rms(mean: float, mean_square: float) -> float:
    return math.sqrt(mean_square - mean**2)


# -- steady and exponential ----------------------------------------------------------------------


def test_a_steady_voltage_is_its_own_mean():
    panel = Panel(2, volts=3.7)
    assert observed(panel, voltage(panel), 20 * MS) == pytest.approx((3.7, 3.7**2), rel=1e-12)
    assert voltage(panel).value(panel.now_ns) == 3.7


def test_a_step_inside_the_window_counts_by_its_share():
    panel = Panel(2, volts=3.0)
    signal = voltage(panel)
    signal.observe()
    start_ns = panel.now_ns
    panel.wait(5 * MS)
    panel.drive(4.0)
    panel.wait(15 * MS)
    assert signal.mean(start_ns, panel.now_ns) == pytest.approx(3.75, rel=1e-12)
    assert signal.mean_square(start_ns, panel.now_ns) == pytest.approx(14.25, rel=1e-12)
    assert signal.mean(start_ns + 4 * MS, start_ns + 6 * MS) == pytest.approx(3.5, rel=1e-12)
    assert signal.value(start_ns + 4 * MS) == 3.0


def test_settling_is_averaged_in_closed_form():
    panel = Panel(1, volts=3.0)
    panel.drive(4.0, time_constant_ns=5 * MS)
    mean, _ = observed(panel, voltage(panel), 10 * MS)
    # 4 − (1 − e^(−2)) / 2
    assert mean == pytest.approx(4.0 - 0.864_664_717 / 2, rel=1e-9)


def test_a_current_limit_reached_on_the_way_up_cuts_the_mean_off():
    panel = Panel(1, volts=3.0, bleeder_ohm=10.0, **NO_ELECTRONICS)
    bleed(panel, 1)
    panel.drive(5.0, limit_A=0.4, time_constant_ns=5 * MS)
    mean, _ = observed(panel, current(panel), 20 * MS)
    # the source passes 4 V after τ ln 2; until then 0.5 − 0.2 e^(−x) A, from then on 0.4 A
    passing = 0.693_147_181
    area = 0.5 * passing - 0.2 * 0.5 + 0.4 * (4 - passing)
    assert mean == pytest.approx(area / 4, rel=1e-9)


# -- PWM -----------------------------------------------------------------------------------------


def pulsed(**figures: Any) -> Panel:
    """Two modules at 4 V whose bleeders of 10 Ω are on for 40 % of each millisecond."""
    return Panel(
        2,
        volts=4.0,
        bleeder_ohm=10.0,
        pwm_period_s=0.001,
        pwm_duty=0.4,
        **(NO_ELECTRONICS | figures),
    )


@pytest.mark.parametrize("periods", [1, 7, 20])
def test_over_whole_periods_a_pulsed_current_has_mean_and_rms_of_its_duty(periods: int):
    panel = pulsed()
    bleed(panel, 1)
    panel.wait(333_333)  # wherever the window begins
    mean, mean_square = observed(panel, current(panel), periods * MS)
    assert mean == pytest.approx(0.4 * 0.4, rel=1e-9)
    assert ac_rms(mean, mean_square) == pytest.approx(math.sqrt(0.4 * 0.6) * 0.4, rel=1e-9)


def test_over_fractions_of_a_period_it_is_what_was_on():
    panel = pulsed()
    bleed(panel, 1)
    # on for 0.4 ms, off for 0.6 ms, on for 0.1 of another 0.4 ms
    assert observed(panel, current(panel), 1_100_000)[0] == pytest.approx(0.4 * 0.5 / 1.1)
    assert observed(panel, current(panel), 200_000)[0] == pytest.approx(0.4)
    panel.wait(100_000)
    assert observed(panel, current(panel), 500_000)[0] == 0.0


def test_two_pulsed_modules_overlap_as_their_phases_say():
    panel = pulsed()
    bleed(panel, 1)
    panel.wait(200_000)
    bleed(panel, 2)
    panel.wait(800_000)
    mean, mean_square = observed(panel, current(panel), 5 * MS)
    # of each millisecond 0.2 with both on, 0.2 with either alone twice
    assert mean == pytest.approx((0.2 * 0.8 + 0.4 * 0.4), rel=1e-9)
    assert mean_square == pytest.approx((0.2 * 0.8**2 + 0.4 * 0.4**2), rel=1e-9)


def test_pulses_show_on_the_panels_voltage_through_the_leads():
    panel = Panel(1, volts=4.0, lead_ohm=0.5, bleeder_ohm=9.5, pwm_period_s=0.001, pwm_duty=0.25)
    bleed(panel, 1)
    mean, mean_square = observed(panel, voltage(panel), 4 * MS)
    # 3.8 V for a quarter of the time
    assert mean == pytest.approx(3.95, rel=1e-9)
    assert ac_rms(mean, mean_square) == pytest.approx(math.sqrt(0.25 * 0.75) * 0.2, rel=1e-6)


# -- the electronics' own current ----------------------------------------------------------------


def test_asleep_over_whole_watchdog_periods_an_ammeter_sees_base_and_wakes():
    # 6.5 µA asleep; a wake of 1.5 ms at 0.6 mA every 2 s
    panel = Panel(3)
    PanelRelays(panel.circuit).set_path(2, through_ammeter=True, time_ns=panel.now_ns)
    metered = PanelSignal(panel.circuit, metered_current, electronics="metered")
    per_wake_C = (0.6e-3 - 6.5e-6) * 1.5e-3
    expected_A = 6.5e-6 + per_wake_C / 2.0
    assert observed(panel, metered, 10 * SECOND)[0] == pytest.approx(expected_A, rel=1e-9)
    source_A, _ = observed(panel, PanelSource(panel.circuit).current, 10 * SECOND)
    assert source_A == pytest.approx(3 * expected_A, rel=1e-9)


def test_the_square_of_a_sleeping_current_is_exact_too():
    panel = Panel(1)
    _, square = observed(panel, PanelSource(panel.circuit).current, 2 * SECOND)
    share = 1.5e-3 / 2.0
    assert square == pytest.approx(share * 0.6e-3**2 + (1 - share) * 6.5e-6**2, rel=1e-9)


def test_a_poll_inside_the_window_adds_its_active_time():
    panel = Panel(1)
    source = PanelSource(panel.circuit)
    source.current.observe()
    start_ns = panel.now_ns
    panel.ask(b"A01U\r", 10)
    panel.wait(30 * MS)
    # 5 characters heard, 1.5 ms worked, 10 characters sent, asleep a millisecond later
    active_s = 0.005_208_333 + 0.0015 + 0.010_416_667 + 0.001
    seconds = (panel.now_ns - start_ns) / SECOND
    expected_A = (0.9e-3 * active_s + 6.5e-6 * (seconds - active_s)) / seconds
    assert source.current.mean(start_ns, panel.now_ns) == pytest.approx(expected_A, rel=1e-9)


def test_a_look_during_a_message_sees_the_module_awake():
    panel = Panel(1)
    source = PanelSource(panel.circuit)
    assert source.current.value(panel.now_ns) == 6.5e-6
    panel.port.write(b"A01U\r")
    panel.wait(2 * MS)
    assert source.current.value(panel.now_ns) == 0.9e-3
    panel.wait(SECOND)
    assert source.current.value(panel.now_ns) == 6.5e-6


def test_an_unpowered_panel_draws_nothing():
    panel = Panel(4, volts=1.0)
    mean, square = observed(panel, PanelSource(panel.circuit).current, 10 * SECOND)
    assert (mean, square) == (0.0, 0.0)


def test_power_lost_within_the_window_ends_the_current_there():
    panel = Panel(1)
    source = PanelSource(panel.circuit)
    source.current.observe()
    start_ns = panel.now_ns
    panel.wait(100 * MS)
    panel.drive(0.0)
    panel.wait(100 * MS)
    assert source.current.mean(start_ns, panel.now_ns) == pytest.approx(6.5e-6 / 2, rel=1e-9)


def test_a_feed_counts_from_when_it_was_led_through_the_ammeter():
    panel = Panel(2)
    metered = PanelSignal(panel.circuit, metered_current, electronics="metered")
    metered.observe()
    start_ns = panel.now_ns
    panel.wait(30 * MS)
    PanelRelays(panel.circuit).set_path(1, through_ammeter=True, time_ns=panel.now_ns)
    panel.wait(10 * MS)
    assert metered.value(panel.now_ns) == 6.5e-6
    assert metered.mean(start_ns, panel.now_ns) == pytest.approx(6.5e-6 / 4, rel=1e-9)
    assert metered.mean(start_ns, start_ns + 30 * MS) == 0.0


def test_in_the_whole_feed_an_ammeter_sees_every_module():
    panel = Panel(4, volts=4.0, bleeder_ohm=10.0)
    panel.circuit.meter_whole_feed()
    PanelAmmeter(panel.circuit).set_burden(0.0, panel.now_ns)
    metered = PanelSignal(panel.circuit, total_current, electronics="metered")
    bleed(panel, 3)
    assert metered.value(panel.now_ns) == pytest.approx(0.4 + 4 * 6.5e-6, rel=1e-12)


def test_of_a_multiplexed_feed_only_its_own_bleed_current_is_seen():
    panel = Panel(3, volts=4.0, bleeder_ohm=10.0, **NO_ELECTRONICS)
    PanelAmmeter(panel.circuit).set_burden(2.5, panel.now_ns)
    PanelRelays(panel.circuit).set_path(2, through_ammeter=True, time_ns=panel.now_ns)
    bleed(panel, 1)
    metered = PanelSignal(panel.circuit, metered_current, electronics="metered")
    assert metered.value(panel.now_ns) == 0.0
    bleed(panel, 2)
    assert metered.value(panel.now_ns) == pytest.approx(4.0 / 12.5, rel=1e-12)


# -- history -------------------------------------------------------------------------------------


def test_history_before_observe_is_not_to_be_had():
    panel = Panel(1, volts=3.7)
    panel.drive(3.8)
    panel.wait(MS)
    with pytest.raises(ValueError, match="history before observe"):
        voltage(panel).mean(0, panel.now_ns)
    with pytest.raises(ValueError, match="history before observe"):
        voltage(panel).value(0)


def test_history_is_kept_until_the_last_observer_has_gone():
    panel = Panel(1, volts=3.0)
    first, second = voltage(panel), current(panel)
    first.observe()
    start_ns = panel.now_ns
    second.observe()
    panel.drive(4.0)
    panel.wait(MS)
    second.release()
    assert first.mean(start_ns, panel.now_ns) == pytest.approx(4.0)
    first.release()
    panel.drive(3.5)
    with pytest.raises(ValueError, match="history before observe"):
        first.mean(start_ns, panel.now_ns)
