from __future__ import annotations

from collections.abc import Iterator

import pytest

from drivers.chain.chain import Chain
from drivers.chain.timing import ChainTiming
from quantities.errors import RigError
from rigs.checks.finding import Finding, Result
from rigs.checks.line import told
from rigs.checks.plan import CheckFigures, check_end, check_instruments, check_panel
from rigs.panel import Panel
from rigs.rig import Rig
from rigs.rig_tables import WiringTable
from tests.rigs.benches import (
    BENCH,
    SHARED,
    SUPPLY,
    VOLTMETER,
    asked,
    bench_with,
    modules_have_power,
    opened,
    simulated,
)
from tests.rigs.scripted import FIGURES

TIMING = ChainTiming(processing_s=0.02, watchdog_longest_s=3.2)
CHECKED = CheckFigures(
    points_V=(2.5, 3.7, 4.2),
    bleeding_V=4.1,
    bleeding_A=0.41,
    least_constant=4_900_000,
    greatest_constant=5_200_000,
)
ALL_OK = "calibration_due = 2027-03-31"
DUE = bench_with(
    ("channel = 1", f"channel = 1\n{ALL_OK}"),
    (f'resource = "{VOLTMETER}"', f'resource = "{VOLTMETER}"\n{ALL_OK}'),
)


def looked_at(name: str) -> None:
    assert name


def panel_on(rig: Rig) -> Panel:
    modules = rig.file.chain.modules
    return Panel(rig, Chain(rig.chain_port, rig.clock, TIMING, modules), FIGURES)


def checked(rig: Rig) -> dict[str, list[Finding]]:
    """Every finding, by what was looked at."""
    by_what: dict[str, list[Finding]] = {}

    def findings() -> Iterator[Finding]:
        yield from check_instruments(rig, looked_at)
        yield from check_panel(rig, panel_on(rig), CHECKED, looked_at)
        yield from check_end(rig, looked_at)

    for finding in findings():
        by_what.setdefault(finding.what, []).append(finding)
    assert rig.closed
    assert not modules_have_power(rig)
    return by_what


def results(findings: dict[str, list[Finding]], result: Result) -> set[str]:
    return {what for what, each in findings.items() for one in each if one.result is result}


def test_a_good_rig_has_no_fault_and_says_what_it_lacks():
    found = checked(opened(DUE))
    assert results(found, Result.FAULT) == set()
    assert results(found, Result.HEED) == {"constants"}
    assert results(found, Result.ABSENT) == {
        *("ammeter", "multiplexer", "line", "ammeter against supply")
    }
    points = [what for what in found if what.startswith("supply against voltmeter at")]
    assert len(points) == 3
    assert "50 mΩ stated" in found["supply leads"][0].found
    assert "firmware" in found["supply"][0].found


def test_one_sick_role_does_not_hide_the_others():
    found = checked(opened(BENCH + simulated(VOLTMETER, "silent = true")))
    assert results(found, Result.FAULT) == {
        *("voltmeter", "supply against voltmeter", "supply leads")
    }
    assert results(found, Result.OK) >= {"supply", "chain", "errors of supply", "safe at the end"}


def test_without_a_supply_that_works_nothing_is_powered():
    found = checked(opened(BENCH + simulated(SUPPLY, "silent = true")))
    assert results(found, Result.FAULT) >= {"supply", "power"}
    assert "chain" not in found


def test_a_missing_module_is_told_and_the_rest_goes_on():
    found = checked(opened(BENCH + "modules_present = 1\n"))
    (chain,) = found["chain"]
    assert chain.result is Result.FAULT
    assert "2, as [chain] modules states" in chain.found
    assert found["supply against voltmeter at 3.7 V"][0].result is Result.OK


@pytest.mark.parametrize(("stated_ohm", "result"), [(0.052, Result.OK), (0.2, Result.FAULT)])
def test_leads_are_measured_and_compared_with_what_is_stated(stated_ohm: float, result: Result):
    rig = opened()
    wiring = WiringTable(supply_lead_ohm=stated_ohm)
    rig.file = rig.file.model_copy(update={"wiring": wiring})
    (leads,) = checked(rig)["supply leads"]
    assert leads.result is result


def test_leads_are_not_measured_by_more_than_the_supply_may_deliver():
    changed = bench_with(
        ("supply_lead_ohm = 0.05", "supply_lead_ohm = 0.05\ncurrent_limit_A = 1.0")
    )
    (leads,) = checked(opened(changed))["supply leads"]
    assert leads.result is Result.ABSENT
    assert "0.82 A" in leads.found


def test_an_ammeter_in_the_whole_feed_is_held_to_the_supply():
    found = checked(opened(SHARED.replace(f'"{VOLTMETER}"', '"TCPIP0::a::5025::SOCKET"', 1)))
    (current,) = found["ammeter against supply"]
    assert current.result is Result.OK
    assert results(found, Result.FAULT) == set()


@pytest.mark.parametrize(
    ("due", "result", "told_of"),
    [
        ("2026-11-01", Result.FAULT, "was due on 2026-11-01"),
        ("2026-11-02", Result.HEED, "in 0 days"),
        ("2026-11-20", Result.HEED, "in 18 days"),
        ("2026-12-02", Result.HEED, "in 30 days"),
        ("2026-12-03", Result.OK, "due on 2026-12-03"),
        ("2027-03-31", Result.OK, "due on 2027-03-31"),
    ],
)
def test_calibrations_are_told_before_they_are_overdue(due: str, result: Result, told_of: str):
    rig = opened(bench_with(("channel = 1", f"channel = 1\ncalibration_due = {due}")))
    found = {each.what: each for each in check_instruments(rig, looked_at)}
    rig.close()
    assert found["calibration of supply"].result is result
    assert told_of in found["calibration of supply"].found
    assert found["calibration of voltmeter"].result is Result.HEED


def test_what_the_supply_trips_at_is_told_beside_what_nothing_protects_from():
    rig = opened()
    rig.unprotected.append("the supply loses its mains")
    found = {each.what: each for each in check_instruments(rig, looked_at)}
    rig.close()
    assert "trips at 5.5 V and at" in found["protection"].found
    assert found["not protected"].result is Result.HEED
    assert found["not protected"].found == "the supply loses its mains"


def test_what_instruments_have_queued_is_told():
    rig = opened()
    session = rig._instruments._sessions[VOLTMETER]
    session.write("NONSENSE")
    found = {each.what: each for each in check_end(rig, looked_at)}
    assert found["errors of voltmeter"].result is Result.FAULT
    assert "Undefined header" in found["errors of voltmeter"].found
    assert found["errors of supply"].result is Result.OK


def test_a_rig_that_does_not_become_safe_is_told(monkeypatch: pytest.MonkeyPatch):
    rig, close = opened(), Rig.close
    monkeypatch.setattr(Rig, "close", lambda rig: [*close(rig), RigError("the supply is still on")])
    found = {each.what: each for each in check_end(rig, looked_at)}
    assert found["safe at the end"].result is Result.FAULT
    assert found["safe at the end"].found == "the supply is still on"


def test_nothing_is_switched_on_for_a_look_at_instruments():
    rig = opened()
    list(check_instruments(rig, looked_at))
    assert asked(rig, SUPPLY, "OUTP? (@1)") in {"0", "OFF"}
    rig.close()


def test_positions_are_told_in_spans():
    assert told([3]) == "module 3"
    assert told([1, 2, 3, 7, 9, 10]) == "modules 1 to 3, 7, 9 to 10"
