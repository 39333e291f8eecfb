"""Programs that know nothing of this project reach the simulated bench and find instruments there."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pymeasure.instruments.hp import HP34401A
from pymeasure.instruments.keysight import KeysightE36312A

from tests.rigs.benches import BENCH, SUPPLY, VOLTMETER, opened
from tests.wires.server import Server

PROMPT_S = 20
"""What any of these programs needs at most."""


@dataclass(frozen=True)
class Reach:
    """How the instruments are reached."""

    library: Any
    supply: str
    voltmeter: str


@pytest.fixture(params=["in virtual time", "on wires"])
def reach(request: pytest.FixtureRequest) -> Iterator[Reach]:
    if request.param == "on wires":
        rig = request.getfixturevalue("served").rig
        yield Reach("@py", rig["supply"]["resource"], rig["voltmeter"]["resource"])
        return
    rig = opened(BENCH)
    assert rig.bench is not None
    yield Reach(rig.bench.visa_library, SUPPLY, VOLTMETER)
    rig.close()


@pytest.fixture
def their_supply(reach: Reach) -> Iterator[KeysightE36312A]:
    supply = KeysightE36312A(
        reach.supply, visa_library=reach.library, read_termination="\n", write_termination="\n"
    )
    supply.reset()
    yield supply
    supply.reset()
    supply.adapter.close()


@pytest.fixture
def their_meter(reach: Reach) -> Iterator[HP34401A]:
    with pytest.warns(FutureWarning, match="not known whether this device support SCPI"):
        meter = HP34401A(
            reach.voltmeter,
            visa_library=reach.library,
            read_termination="\n",
            write_termination="\n",
        )
    meter.reset()
    yield meter
    meter.adapter.close()


def test_pymeasures_driver_of_the_supply_sets_and_reads_it(their_supply: KeysightE36312A):
    output = their_supply.ch_1
    output.voltage_setpoint = 3.7
    output.current_limit = 1.2
    output.output_enabled = True
    assert (output.voltage_setpoint, output.current_limit) == (3.7, 1.2)
    assert output.output_enabled
    assert their_supply.complete == "1"
    assert 0 < output.voltage < 3.8
    assert 0 < output.current < 1.3
    assert not their_supply.ch_3.output_enabled
    assert their_supply.check_errors() == []
    output.output_enabled = False
    assert not output.output_enabled


def test_pymeasures_driver_finds_the_errors_that_it_made(their_supply: KeysightE36312A):
    their_supply.write("VOLT 99, (@1)")
    their_supply.write("VOLTS 1")
    assert [int(number) for number, _ in their_supply.check_errors()] == [-222, -113]
    assert their_supply.check_errors() == []


def test_pymeasures_driver_of_the_meters_ancestor_reads_the_bus(
    their_supply: KeysightE36312A, their_meter: HP34401A
):
    their_supply.ch_1.voltage_setpoint = 3.3
    their_supply.ch_1.current_limit = 1.0
    their_supply.ch_1.output_enabled = True
    their_meter.function_ = "DCV"
    their_meter.range_ = 10
    their_meter.nplc = 1
    assert (their_meter.function_, their_meter.range_, their_meter.nplc) == ("DCV", 10, 1)
    assert not their_meter.autorange
    their_meter.trigger_delay = 0.3  # the output settles
    assert their_meter.reading == pytest.approx(3.3, abs=0.03)
    their_meter.sample_count = 3
    assert len(their_meter.reading) == 3
    their_meter.init_trigger()
    assert their_meter.stored_reading == pytest.approx([3.3] * 3, abs=0.03)
    assert their_meter.stored_readings_count == 3
    assert their_meter.check_errors() == []


@pytest.mark.parametrize(
    ("setting", "values"),
    [
        ("function_", ["DCV", "ACV", "DCI", "ACI"]),
        ("nplc", [0.02, 0.2, 1, 10, 100]),
        ("autorange", [False, True]),
        ("range_", [0.1, 1, 10, 100, 1000]),
        ("trigger_source", ["IMM", "BUS", "EXT"]),
        ("trigger_delay", [0.0, 0.1, 3600.0]),
        ("trigger_auto_delay_enabled", [False, True]),
        ("sample_count", [1, 50]),
        ("trigger_count", [1, 50]),
        ("display_enabled", [False, True]),
        ("displayed_text", ["HELLO"]),
        ("beeper_enabled", [False, True]),
    ],
)
def test_settings_of_the_ancestors_driver_are_kept(
    their_meter: HP34401A, setting: str, values: list[Any]
):
    for value in values:
        setattr(their_meter, setting, value)
        assert getattr(their_meter, setting) == value
    assert their_meter.check_errors() == []


def test_what_only_the_ancestor_knows_is_an_undefined_header(their_meter: HP34401A):
    their_meter.write("ZERO:AUTO OFF")
    their_meter.write("DET:BAND 20")
    assert [int(number) for number, _ in their_meter.check_errors()] == [-113, -113]


# -- programs --------------------------------------------------------------------------------------


def said_by(*command: str | Path, to: bytes | None = None) -> bytes:
    """What a program writes to its standard output."""
    done = subprocess.run(  # noqa: S603 - an independent client, as found on the PATH
        command, input=to, capture_output=True, timeout=PROMPT_S, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_lxi_asks_an_instrument(served: Server, require_program: Callable[..., Path]):
    lxi = require_program("lxi", package="lxi-tools")
    host, port = served.address("supply")
    ask = [lxi, "scpi", "--address", host, "--port", str(port), "--raw"]
    assert said_by(*ask, "*IDN?").startswith(b"Keysight Technologies,E36312A,SIM")
    said_by(*ask, "VOLT 1.5,(@2)")
    assert said_by(*ask, "VOLT? (@2)") == b"+1.500000E+00\n"


def test_socat_asks_an_instrument(served: Server, require_program: Callable[..., Path]):
    socat = require_program("socat", package="socat")
    host, port = served.address("voltmeter")
    said = said_by(socat, "-t1", "-", f"TCP:{host}:{port}", to=b"*CLS\n*IDN?\nSYST:ERR?\n")
    identity, error = said.splitlines()
    assert identity.startswith(b"Keysight Technologies,34461A,SIM")
    assert error == b'+0,"No error"'
