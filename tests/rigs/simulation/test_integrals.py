"""What instruments see of any circuit whatever, by brute force."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rigs.simulation.probes import (
    PanelAmmeter,
    PanelRelays,
    PanelSignal,
    bus_voltage,
    metered_current,
    total_current,
)
from tests.rigs.simulation.panels import Panel

GRID_ns = 10_000
CHANGES = st.lists(
    st.tuples(
        st.integers(0, 300),
        st.one_of(
            st.tuples(st.just("drive"), st.floats(0.5, 5.0), st.floats(0.05, 1.0), st.integers(0, 3)),
            st.tuples(st.just("bleed"), st.integers(1, 3), st.booleans()),
            st.tuples(st.just("meter"), st.integers(1, 3), st.booleans()),
            st.tuples(st.just("burden"), st.floats(0.0, 5.0)),
        ),
    ),
    max_size=8,
)  # fmt: skip


def change(panel: Panel, what: tuple[Any, ...]) -> None:
    match what:
        case ("drive", volts, limit_A, milliseconds):
            panel.drive(volts, limit_A=limit_A, time_constant_ns=milliseconds * 1e6)
        case ("bleed", position, on):
            panel.circuit.set_bleeding(position - 1, on=on, time_ns=panel.now_ns)
        case ("meter", position, on):
            relays = PanelRelays(panel.circuit)
            relays.set_path(position, through_ammeter=on, time_ns=panel.now_ns)
        case ("burden", ohm):
            PanelAmmeter(panel.circuit).set_burden(ohm, panel.now_ns)


@settings(max_examples=60, deadline=None)
@given(changes=CHANGES, begin=st.integers(0, 200), length=st.integers(1, 200))
def test_means_and_mean_squares_are_those_of_the_values(
    *, changes: list[tuple[int, tuple[Any, ...]]], begin: int, length: int
):
    """All that switches does so on a grid, so that midpoints miss nothing but curvature."""
    panel = Panel(
        3,
        volts=4.0,
        lead_ohm=0.5,
        brown_out_V=0.001,
        asleep_A=0.0,
        active_A=0.0,
        watchdog_A=0.0,
        pwm_duty=0.3,
        others={1: {"pwm_period_s": 0.0002}, 2: {"pwm_period_s": 0.0005}},
    )
    signals = [
        PanelSignal(panel.circuit, scale) for scale in (bus_voltage, total_current, metered_current)
    ]
    signals[0].observe()
    origin_ns = panel.now_ns
    for at, what in sorted(changes, key=lambda each: each[0]):
        panel.wait_until(origin_ns + at * GRID_ns)
        change(panel, what)
    panel.wait_until(origin_ns + 600 * GRID_ns)
    start_ns, end_ns = origin_ns + begin * GRID_ns, origin_ns + (begin + length) * GRID_ns
    for signal in signals:
        values = [
            signal.value(start_ns + index * GRID_ns + GRID_ns // 2) for index in range(length)
        ]
        mean, square = sum(values) / length, sum(value**2 for value in values) / length
        # a kink where the current limit is reached may lie anywhere within a step
        slack = 1e-5 + 0.05 / length
        assert signal.mean(start_ns, end_ns) == pytest.approx(mean, abs=slack)
        assert signal.mean_square(start_ns, end_ns) == pytest.approx(square, abs=10 * slack)
