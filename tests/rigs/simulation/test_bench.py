"""A bench as a whole: what it draws from its seed, and how it is wired."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from quantities import Purpose
from quantities.errors import RigFileError
from rigs.simulation.bench import InstrumentPlace, SimulatedBench
from rigs.simulation.table import SimulationTable
from tests.rigs.simulation.panels import MS, Panel
from tests.rigs.simulation.transcript import transcript

ROOT = Path(__file__).parents[3]


def bench(
    count: int = 4, places: tuple[InstrumentPlace, ...] = (), **table: object
) -> SimulatedBench:
    stated = {"seed": 1, "date": datetime(2026, 11, 2, 8, tzinfo=UTC)} | table
    return SimulatedBench(
        SimulationTable.model_validate(stated),
        modules=count,
        supply_lead_ohm=0.05,
        places=places,
    )


# -- chance --------------------------------------------------------------------------------------


def test_two_runs_with_one_seed_give_the_same_characters_at_the_same_times():
    assert transcript(20260117) == transcript(20260117)


def test_another_seed_gives_another_run():
    assert transcript(20260117) != transcript(20260118)


@pytest.mark.parametrize("hash_seed", ["0", "1", "4242"])
def test_a_run_does_not_depend_on_pythons_hashes(hash_seed: str):
    run = subprocess.run(
        [sys.executable, "-m", "tests.rigs.simulation.transcript", "20260117"],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == transcript(20260117)


def test_a_transcript_tells_of_every_module_and_of_characters_with_their_times():
    lines = transcript(20260117).splitlines()
    assert sum(line.startswith("Traits(") for line in lines) == 6
    assert len(lines) > 50


def codes(panel: Panel, position: int) -> list[bytes]:
    """A hundred readings of one module of a chain."""
    readings = []
    for _ in range(100):
        panel.port.write(b"A%02XU\r" % position)
        readings.append(panel.port.read(10)[5:8])
    return readings


def test_what_a_module_draws_does_not_depend_on_how_many_others_there_are():
    few, many = Panel(2, exact=False, seed=7), Panel(9, exact=False, seed=7)
    assert few.modules[1].traits == many.modules[1].traits
    assert few.circuit.epoch.branches[1] == many.circuit.epoch.branches[1]
    assert few.modules[1].traits != many.modules[2].traits
    assert codes(few, 2) == codes(many, 2)


def test_what_one_module_is_like_changes_no_other():
    plain = Panel(3, exact=False, seed=7)
    special = Panel(3, exact=False, seed=7, others={2: {"clock_spread": 0.0, "noise_codes": 0.0}})
    assert plain.modules[2].traits == special.modules[2].traits
    assert plain.modules[1].traits != special.modules[1].traits
    assert codes(plain, 3) == codes(special, 3)


# -- what stands in the table --------------------------------------------------------------------


def test_time_begins_at_the_tables_date_in_utc():
    made = bench(date=datetime(2026, 11, 2, 9, 30, tzinfo=timezone(timedelta(hours=1))))
    assert made.clock.date().isoformat() == "2026-11-02T08:30:00+00:00"
    made.clock.wait(90.0, Purpose.IDLE)
    assert made.clock.date().isoformat() == "2026-11-02T08:31:30+00:00"


def test_a_chain_may_be_longer_or_shorter_than_stated():
    assert len(bench(4).panel.modules) == 4
    assert len(bench(4, modules_present=3).panel.modules) == 3
    assert len(bench(4, modules_present=5).panel.modules) == 5


def test_one_module_may_be_unlike_the_others():
    panel = Panel(3, others={2: {"constant": 0x123456, "processing_s": 0.004}})
    assert [module.settings.codes["W"] for module in panel.modules] == [
        0x4BD000,
        0x123456,
        0x4BD000,
    ]
    assert [module.traits.processing_ns for module in panel.modules] == [
        1_500_000,
        4 * MS,
        1_500_000,
    ]


def test_a_defect_that_nobody_knows_is_an_error_that_names_the_known_ones():
    with pytest.raises(RigFileError, match=r"unknown defect 'haunted'.*mute"):
        bench(modules={"3": {"defects": ["haunted"]}})


def test_a_good_module_has_no_more_attributes_than_cpython_finds_fast():
    # an instance shares its keys with its class up to thirty (SHARED_KEYS_MAX_SIZE)
    assert len(vars(Panel(1).modules[0])) <= 30


# -- wiring --------------------------------------------------------------------------------------

SUPPLY = InstrumentPlace("supply", "keysight-e36312a", "TCPIP0::supply::5025::SOCKET", 1)
VOLTMETER = InstrumentPlace("voltmeter", "keysight-34461a", "TCPIP0::volts::5025::SOCKET")
AMMETER = InstrumentPlace("ammeter", "keysight-34461a", "TCPIP0::amps::5025::SOCKET")


def test_an_ammeter_alone_lies_in_the_whole_feed():
    assert bench(places=(SUPPLY, VOLTMETER, AMMETER)).panel.whole_feed_is_metered
    assert not bench(places=(SUPPLY, VOLTMETER)).panel.whole_feed_is_metered


def test_the_ammeters_burden_stands_in_the_circuit_from_the_start():
    with_ammeter = bench(places=(SUPPLY, AMMETER)).panel.epoch
    assert with_ammeter.series_ohm == pytest.approx(0.05 + with_ammeter.burden_ohm)
    assert with_ammeter.burden_ohm > 0.0
    assert bench(places=(SUPPLY,)).panel.epoch.series_ohm == 0.05


def test_modules_have_no_power_until_a_supply_gives_it():
    made = bench(places=(SUPPLY,))
    made.clock.wait(10.0, Purpose.IDLE)
    assert not any(module.powered for module in made.panel.modules)
