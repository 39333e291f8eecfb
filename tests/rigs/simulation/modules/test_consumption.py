from __future__ import annotations

import pytest

from rigs.simulation.modules.consumption import Consumption

TO_SLEEP = 100


@pytest.fixture
def consumption() -> Consumption:
    """Powered and observed since time 0."""
    made = Consumption(asleep_A=1e-6, active_A=1e-3, watchdog_A=5e-4, to_sleep_ns=TO_SLEEP)
    made.power_up(0)
    made.observe()
    return made


def charge(consumption: Consumption, start_ns: int, end_ns: int) -> float:
    """Ampere × ns, added up one ns at a time."""
    return sum(consumption.current_A(time_ns) for time_ns in range(start_ns, end_ns))


def test_without_power_nothing_is_drawn():
    unpowered = Consumption(asleep_A=1e-6, active_A=1e-3, watchdog_A=5e-4, to_sleep_ns=1)
    assert unpowered.current_A(0) == 0.0
    assert unpowered.current_A(10**15) == 0.0


def test_asleep_it_draws_its_base_current(consumption: Consumption):
    assert consumption.current_A(1000) == 1e-6


def test_awake_for_characters_it_draws_until_it_has_fallen_asleep(consumption: Consumption):
    consumption.active(1000, 1500)
    assert [consumption.current_A(time_ns) for time_ns in (999, 1000, 1599, 1600)] == [
        1e-6,
        1e-3,
        1e-3,
        1e-6,
    ]
    assert sorted(consumption.edges_ns(0, 10_000)) == [1000, 1600]
    assert charge(consumption, 0, 3000) == pytest.approx(600 * 1e-3 + 2400 * 1e-6)


def test_a_watchdog_wake_draws_its_own_current_and_no_longer(consumption: Consumption):
    consumption.watchdog_wake(1000, 1500)
    assert charge(consumption, 0, 3000) == pytest.approx(500 * 5e-4 + 2500 * 1e-6)


def test_overlapping_messages_do_not_add_up(consumption: Consumption):
    consumption.active(1000, 1500)
    consumption.active(1550, 1800)
    assert charge(consumption, 0, 3000) == pytest.approx(900 * 1e-3 + 2100 * 1e-6)


def test_power_lost_ends_whatever_was_to_come(consumption: Consumption):
    consumption.active(1000, 5000)
    consumption.power_down(2000)
    consumption.power_up(3000)
    consumption.active(3000, 3400)
    assert charge(consumption, 0, 6000) == pytest.approx(
        1000 * 1e-6 + 1000 * 1e-3 + 0 + 500 * 1e-3 + 2500 * 1e-6
    )


def test_edges_outside_the_window_are_left_out(consumption: Consumption):
    consumption.active(1000, 1500)
    assert consumption.edges_ns(1000, 1600) == []
    assert consumption.edges_ns(1200, 1700) == [1600]


def test_unobserved_only_what_is_not_over_is_kept(consumption: Consumption):
    for start_ns in range(0, 100_000, 1000):
        consumption.active(start_ns, start_ns + 500)
    consumption.release(99_300)
    assert consumption.edges_ns(-1, 1_000_000) == [99_000, 99_600]
    consumption.watchdog_wake(99_700, 99_800)
    assert consumption.edges_ns(-1, 1_000_000) == [99_700, 99_800]


def test_asleep_it_draws_less_from_a_lower_cell():
    made = Consumption(
        asleep_A=7.6e-6, active_A=1e-3, watchdog_A=5e-4, to_sleep_ns=TO_SLEEP, efold_V=0.84
    )
    made.power_up(0)
    made.active(0, 1000)
    assert made.current_A(500, cell_V=3.3) == 1e-3
    assert made.current_A(2000) == made.current_A(2000, cell_V=4.2) == 7.6e-6
    assert made.current_A(2000, cell_V=3.3) == pytest.approx(2.6e-6, rel=0.01)


def test_an_interval_that_is_noted_again_is_the_same_one_grown_longer(consumption: Consumption):
    consumption.active(1000, 1500)
    consumption.active(1000, 1700)
    assert sorted(consumption.edges_ns(0, 10_000)) == [1000, 1800]


def test_asleep_a_cell_that_is_higher_by_the_stated_voltage_draws_e_times_more():
    sleeping = Consumption(
        asleep_A=8e-6, active_A=1e-3, watchdog_A=5e-4, to_sleep_ns=TO_SLEEP, efold_V=0.9
    )
    sleeping.power_up(0)
    assert sleeping.current_A(10, 4.2) == 8e-6
    # 3.3 V is one such voltage lower
    assert sleeping.current_A(10, 3.3) == pytest.approx(8e-6 / 2.718_281_828, rel=1e-9)
