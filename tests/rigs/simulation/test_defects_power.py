"""What modules draw that have a defect of bleeder or sleep, and what their neighbours do."""

from __future__ import annotations

import pytest

from rigs.simulation.probes import PanelSignal, total_current
from tests.rigs.simulation.panels import MS, SECOND, Panel

ABOVE_V = 4.2
"""All modules bleed here: 0.42 A each."""


def spoilt(defect: str | None, **figures: object) -> Panel:
    """Two modules, the second with a defect, below their thresholds."""
    others = {2: {"defects": [defect]}} if defect else {}
    return Panel(2, others=others, **figures)


def drawn_A(panel: Panel, seconds: float = 0.01) -> float:
    """Mean current of both modules from now on."""
    signal = PanelSignal(panel.circuit, total_current, electronics="all")
    signal.observe()
    start_ns = panel.now_ns
    panel.wait(round(seconds * SECOND))
    mean_A = signal.mean(start_ns, panel.now_ns)
    signal.release()
    return mean_A


def bleeding(panel: Panel) -> list[bool]:
    return [branch.bleeding_since_ns is not None for branch in panel.circuit.epoch.branches]


def measure(panel: Panel) -> None:
    """A message through the chain, so that all measure, and then nobody is awake."""
    panel.port.write(b"A00@\r")
    panel.wait(100 * MS)


@pytest.mark.parametrize(
    ("defect", "drawn"),
    [
        (None, 0.84),
        ("bleeder-open", 0.42),
        ("wrong-resistor", 0.42 + 0.28),
        ("bleeder-stuck-on", 0.84),
    ],
)
def test_what_a_bleeder_draws(defect: str | None, drawn: float) -> None:
    panel = spoilt(defect)
    panel.drive(ABOVE_V)
    measure(panel)
    assert drawn_A(panel) == pytest.approx(drawn, abs=1e-3)


def test_a_bleeder_stuck_on_obeys_nothing_and_nobody_can_see_it_in_the_status() -> None:
    panel = spoilt("bleeder-stuck-on")
    measure(panel)
    assert drawn_A(panel) == pytest.approx(0.37, abs=1e-3)
    panel.port.write(b"d\r")
    panel.wait(100 * MS)
    assert drawn_A(panel) == pytest.approx(0.37, abs=1e-3)
    panel.port.reset_input_buffer()
    assert panel.ask(b"A02U\r", 10) == b"\nA00U5300\r"


def test_one_that_bleeds_from_power_up_is_good_once_it_has_measured() -> None:
    panel = spoilt("bleeds-from-power-up", volts=0.0)
    panel.drive(3.7)
    panel.wait(200 * MS)
    assert bleeding(panel) == [False, True]
    measure(panel)
    assert bleeding(panel) == [False, False]
    panel.drive(ABOVE_V)
    measure(panel)
    assert bleeding(panel) == [True, True]
    panel.drive(0.0)
    panel.drive(3.7)
    assert bleeding(panel) == [False, True]


def test_one_that_bleeds_despite_d_follows_its_threshold_all_the_same() -> None:
    panel = spoilt("bleeds-despite-d")
    panel.drive(ABOVE_V)
    measure(panel)
    assert bleeding(panel) == [True, True]
    panel.port.write(b"d\r")
    panel.wait(100 * MS)
    assert bleeding(panel) == [False, True]
    panel.drive(3.7)
    measure(panel)
    assert bleeding(panel) == [False, False]
    panel.drive(0.0)
    assert bleeding(panel) == [False, False]


def test_one_that_hunts_changes_with_every_measurement_just_above_its_threshold() -> None:
    panel = spoilt("hunts", lead_ohm=0.1)
    panel.drive(ABOVE_V)
    seen = []
    for _ in range(4):
        measure(panel)
        seen.append(bleeding(panel)[1])
    assert seen == [True, False, True, False]


def test_one_that_bleeds_only_when_polled_does_not_notice_by_itself() -> None:
    panel = spoilt("bleeds-only-when-polled")
    panel.drive(ABOVE_V)
    panel.wait(5 * SECOND)
    assert bleeding(panel) == [True, False]
    measure(panel)
    assert bleeding(panel) == [True, True]


# -- pulsed --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("defect", "mean_A", "edges"),
    [
        (None, 0.21, 40),
        ("unpulsed", 0.105 + 0.42, 20),
        ("wrong-duty", 0.105 + 0.21, 40),
        ("wrong-frequency", 0.21, 30),
    ],
)
def test_what_a_pulsed_bypass_draws(defect: str | None, mean_A: float, edges: int) -> None:
    panel = spoilt(defect, pwm_period_s=0.01, pwm_duty=0.25)
    panel.drive(ABOVE_V)
    measure(panel)
    begun_ns = max(branch.bleeding_since_ns or 0 for branch in panel.circuit.epoch.branches)
    panel.wait_until(begun_ns + 200 * MS)
    start_ns = panel.now_ns
    assert drawn_A(panel, 0.1) == pytest.approx(mean_A, rel=0.01)
    assert len(panel.circuit.epoch.edges_ns(start_ns, panel.now_ns)) == pytest.approx(edges, abs=2)


# -- asleep --------------------------------------------------------------------------------------

BASE_uA, WAKE_uA = 6.5, 0.6e3 * 0.0015 / 2.0
"""Asleep, and the watchdog's share: 0.6 mA for 1.5 ms every 2 s."""


@pytest.mark.parametrize(
    ("defect", "mean_uA"),
    [
        (None, BASE_uA + WAKE_uA),
        ("leaks", BASE_uA + WAKE_uA + 15),
        ("wakes-often", BASE_uA + 8 * WAKE_uA),
        ("never-wakes", BASE_uA),
        ("heavy-wake", BASE_uA + 20 * WAKE_uA),
        ("never-sleeps", 900),
    ],
)
def test_what_is_drawn_in_standby(defect: str | None, mean_uA: float) -> None:
    panel = spoilt(defect)
    measure(panel)
    assert drawn_A(panel, 8.0) * 1e6 == pytest.approx(BASE_uA + WAKE_uA + mean_uA, rel=5e-3)


def test_one_that_stays_awake_sleeps_in_the_end() -> None:
    panel = spoilt("stays-awake")
    panel.port.write(b"A00@\r")
    panel.wait(100 * MS)
    assert drawn_A(panel, 0.1) * 1e6 == pytest.approx(900 + BASE_uA, abs=0.1)
    panel.wait(200 * MS)
    assert drawn_A(panel, 0.1) * 1e6 == pytest.approx(2 * BASE_uA, abs=0.1)


def test_one_that_loses_its_first_character_hears_everything_while_awake() -> None:
    panel = Panel(1, others={1: {"defects": ["loses-first-character"]}})
    panel.port.timeout = 0.1
    first, awake, line_feed = [], [], []
    for _ in range(100):
        panel.wait(50 * MS)
        first.append(panel.ask(b"A01V\r", 9))
        panel.ask(b"\nA01V\r", 9)
        awake.append(panel.ask(b"A01V\r", 9))
        panel.wait(50 * MS)
        line_feed.append(panel.ask(b"\nA01V\r", 9))
    assert set(first) == {b"", b"\nA00V4A0\r"}
    assert 10 < first.count(b"") < 35
    assert set(awake) == set(line_feed) == {b"\nA00V4A0\r"}


def test_behind_another_module_it_loses_but_a_line_feed() -> None:
    panel = spoilt("loses-first-character")
    assert panel.ask(b"A02U\r", 10) == b"\nA00U5308\r"
