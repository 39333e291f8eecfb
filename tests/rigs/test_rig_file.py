"""Rig files: what is refused, and that the refusal names file, key and expectation."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.errors import RigFileError
from rigs.rig_file import Topology, load_rig_file, parse_rig_file
from tests.rigs.benches import bench_with
from tests.toml_like import spoiled, tables

RIGS = Path(__file__).parents[2] / "rigs"

REAL = """
name = "Bench 3"
topology = "panel"
visa_library = "@py"

[chain]
port = "/dev/ttyUSB0"
modules = 16
latency_s = 0.016

[supply]
model = "keysight-e36312a"
resource = "USB0::0x2A8D::0x1102::MY59000001::INSTR"
channel = 1
calibrated = 2026-03-31
calibration_due = 2027-03-31

[voltmeter]
model = "keysight-34461a"
resource = "TCPIP0::dmm-3.local::5025::SOCKET"

[ammeter]
model = "keysight-34461a"
resource = "TCPIP0::dmm-4.local::5025::SOCKET"

[wiring]
supply_lead_ohm = 0.05
"""
SIMULATION = """
[simulation]
seed = 1
date = 2026-11-02T08:00:00Z
"""
SIMULATED = REAL.replace('port = "/dev/ttyUSB0"\n', "") + SIMULATION


def parsed(text: str) -> Any:
    return parse_rig_file(tomllib.loads(text), where="bench.toml")


def refusal(text: str) -> str:
    with pytest.raises(RigFileError) as caught:
        parsed(text)
    assert str(caught.value).startswith("bench.toml: [")
    return str(caught.value)


def changed(text: str, old: str, new: str) -> str:
    """The text with the first of ``old`` replaced."""
    assert old in text, f"{old!r} is not there"
    return text.replace(old, new, 1)


@pytest.mark.parametrize("path", sorted(RIGS.glob("*.toml")), ids=lambda path: path.stem)
def test_the_rig_files_here_are_good(path: Path):
    rig_file = load_rig_file(path)
    assert rig_file.instruments() or rig_file.can


def test_a_rig_file_says_what_stands_in_it():
    rig_file = parsed(REAL)
    assert rig_file.topology is Topology.PANEL
    assert (rig_file.chain.port, rig_file.chain.modules) == ("/dev/ttyUSB0", 16)
    assert list(rig_file.instruments()) == ["supply", "voltmeter", "ammeter"]
    assert rig_file.supply.calibration_due == date(2027, 3, 31)
    assert rig_file.wiring.supply_lead_ohm == 0.05
    assert rig_file.simulation is None


def test_the_simulation_table_alone_makes_a_bench_simulated():
    assert parsed(SIMULATED).simulation.seed == 1


@pytest.mark.parametrize(
    ("old", "new", "key", "expectation"),
    [
        ('name = "Bench 3"', "", "[name]", "Field required"),
        ('name = "Bench 3"', "name = 3", "[name]", "valid string"),
        ('name = "Bench 3"', 'name = "B"\nnest = 1', "[nest]", "not permitted"),
        ('"panel"', '"ring"', "[topology]", "'panel'"),
        ("[chain]", "[loop]", "[chain]", "Field required"),
        ("modules = 16", "", "[chain.modules]", "Field required"),
        ("modules = 16", "modules = 0", "[chain.modules]", "greater than or equal to 1"),
        ("modules = 16", "modules = 257", "[chain.modules]", "less than or equal to 256"),
        ("modules = 16", 'modules = "16"', "[chain.modules]", "valid integer"),
        ("modules = 16", "modules = 16.0", "[chain.modules]", "valid integer"),
        ("modules = 16", "modules = true", "[chain.modules]", "valid integer"),
        ("latency_s = 0.016", "latency_s = -1", "[chain.latency_s]", "greater than or equal to 0"),
        ("latency_s = 0.016", "latency_s = inf", "[chain.latency_s]", "finite"),
        ("latency_s = 0.016", "latency_ms = 16", "[chain.latency_ms]", "not permitted"),
        ("e36312a", "e36312b", "[supply.model]", "keysight-34460a"),
        ("keysight-e36312a", "", "[supply.model]", "keysight-34460a"),
        ("keysight-e36312a", "../../etc/x", "[supply.model]", "keysight-34460a"),
        ("channel = 1", "channel = 0", "[supply.channel]", "greater than or equal to 1"),
        ("channel = 1", "channel = true", "[supply.channel]", "valid integer"),
        ("= 2027-03-31", '= "soon"', "[supply.calibration_due]", "valid date"),
        ("= 2027-03-31", "= 2027-03-31T00:00:00Z", "[supply.calibration_due]", "valid date"),
        ("= 2027-03-31", "= 2026-03-31", "[supply]", "before calibration_due"),
        ("[supply]", "[suply]", "[suply]", "not permitted"),
        ("supply_lead_ohm = 0.05", "supply_lead_ohm = nan", "[wiring.supply_lead_ohm]", "finite"),
        (
            "supply_lead_ohm = 0.05",
            "supply_lead_ohm = -0.05",
            "[wiring.supply_lead_ohm]",
            "greater than or equal to 0",
        ),
        ("supply_lead_ohm", "current_limit_A = 0\n#", "[wiring.current_limit_A]", "greater than 0"),
        ("[wiring]", "[[wiring]]", "[wiring]", "dictionary"),
        ('visa_library = "@py"', "ambient_C = nan", "[ambient_C]", "finite"),
    ],
)
def test_a_bad_line_is_refused(old: str, new: str, key: str, expectation: str):
    message = refusal(changed(REAL, old, new))
    assert key in message
    assert expectation in message


def test_a_real_bench_wants_a_port():
    message = refusal(changed(REAL, 'port = "/dev/ttyUSB0"', ""))
    assert "[chain] port is needed" in message


def test_a_simulated_bench_has_a_port_of_its_own():
    assert "[chain] port and [simulation] exclude each other" in refusal(REAL + SIMULATION)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("dmm-4", "dmm-3", None),
        ('model = "keysight-34461a"\nresource = "TCPIP0::dmm-4', 'model = "keysight-34460a"\nresource = "TCPIP0::dmm-3', "model"),
        ("TCPIP0::dmm-4", "TCPIP::dmm-3", "resource"),
        ('dmm-4.local::5025::SOCKET"', 'dmm-3.local::5025::SOCKET"\ncalibration_due = 2027-01-01', "calibration_due"),
        ('dmm-4.local::5025::SOCKET"', 'dmm-3.local::5025::SOCKET"\ncalibrated = 2026-01-01', "calibrated"),
    ],
    ids=["alike", "another model", "spelled otherwise", "due otherwise", "calibrated otherwise"],
)  # fmt: skip
def test_roles_that_share_an_instrument_say_the_same_of_it(
    old: str, new: str, complaint: str | None
):
    text = changed(REAL, old, new)
    if complaint is None:
        assert parsed(text).ammeter.resource == parsed(text).voltmeter.resource
    else:
        assert refusal(text).endswith(
            f"[voltmeter] and [ammeter] share one instrument and want the same {complaint}"
        )


MULTIPLEXED = (
    REAL.replace("modules = 16", "modules = 2")
    + """
[multiplexer]
model = "keysight-daq970a"
resource = "TCPIP0::relays.local::5025::SOCKET"
"""
)


def test_a_multiplexer_has_a_channel_for_each_module_or_its_own_order():
    assert parsed(MULTIPLEXED).multiplexer.channels == ()
    assert parsed(MULTIPLEXED + "channels = [103, 301]").multiplexer.channels == (103, 301)


@pytest.mark.parametrize(
    ("channels", "complaint"),
    [("[101]", "one for each of 2"), ("[101, 101]", "one twice"), ("[0, 1]", "greater than")],
)
def test_a_channel_too_few_or_twice_is_refused(channels: str, complaint: str):
    assert complaint in refusal(MULTIPLEXED + f"channels = {channels}")


def test_relays_in_two_roles_are_two_instruments():
    sensors = """
[sensor_relays]
model = "keysight-daq970a"
resource = "TCPIP0::relays.local::5025::SOCKET"
"""
    assert "want an instrument each" in refusal(MULTIPLEXED + sensors)
    other = sensors.replace("relays.local", "sensors.local")
    assert parsed(MULTIPLEXED + other).sensor_relays.channels == ()
    assert "[sensor_relays] channels has one twice" in refusal(
        MULTIPLEXED + other + "channels = [101, 101]"
    )


def test_a_real_bench_may_call_an_instrument_by_an_alias():
    assert parsed(changed(REAL, "TCPIP0::dmm-3.local::5025::SOCKET", "DMM")).voltmeter


@pytest.mark.parametrize(
    ("addition", "complaint"),
    [
        ('[simulation.modules.17]\ndefects = ["mute"]', "there are 16 modules"),
        ('[simulation.modules.0]\ndefects = ["mute"]', "there are 16 modules"),
        ('[simulation.modules.one]\ndefects = ["mute"]', "valid integer"),
        ('[simulation.modules.3]\ndefect = ["mute"]', "not permitted"),
        ("[simulation.module]\nnoise_codes = -1", "greater than or equal to 0"),
        ('[simulation.instruments."TCPIP0::dmm::1::SOCKET"]\nsilent = true', "no role's resource"),
        (
            '[simulation.instruments."TCPIP0::dmm-3.local::5025::SOCKET"]\nmodel = "hp-34401a"',
            "no model 'hp-34401a'",
        ),
    ],
)
def test_a_simulation_of_what_is_not_there_is_refused(addition: str, complaint: str):
    assert complaint in refusal(SIMULATED + addition)


def test_modules_beyond_the_stated_ones_can_be_simulated_if_they_are_present():
    longer = SIMULATED + "modules_present = 17\n[simulation.modules.17]\nnoise_codes = 0.1"
    assert parsed(longer).simulation.module_at(17).noise_codes == 0.1


def test_a_simulated_instrument_wants_a_resource_name_and_no_alias():
    text = changed(SIMULATED, "TCPIP0::dmm-3.local::5025::SOCKET", "DMM")
    assert "Could not parse DMM" in refusal(text)


def test_the_bench_dates_itself_with_a_time_zone():
    assert "time zone" in refusal(changed(SIMULATED, "08:00:00Z", "08:00:00"))


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(RigFileError, match=r"absent\.toml: cannot be read"):
        load_rig_file(tmp_path / "absent.toml")


def test_a_file_is_named_with_its_path(tmp_path: Path):
    path = tmp_path / "bench.toml"
    path.write_text("name = 1", encoding="utf-8")
    with pytest.raises(RigFileError) as caught:
        load_rig_file(path)
    assert str(caught.value).startswith(f"{path}: [name]")


def survives(table: dict[str, Any]) -> None:
    """A rig file whose every promise holds, or our error."""
    try:
        rig_file = parse_rig_file(table, where="bench.toml")
    except RigFileError as error:
        assert str(error).startswith("bench.toml: [")  # noqa: PT017 - either is right
    else:
        assert 1 <= rig_file.chain.modules <= 256
        assert (rig_file.chain.port is None) is (rig_file.simulation is not None)


@given(tables)
def test_any_table_gives_a_rig_file_or_our_error(table: dict[str, Any]):
    survives(table)


@given(st.data())
def test_a_good_file_with_anything_changed_gives_a_rig_file_or_our_error(data: st.DataObject):
    survives(data.draw(spoiled(tomllib.loads(data.draw(st.sampled_from([REAL, SIMULATED]))))))


HOST_PORT = '\n[supervisor]\nreached = "hostport"\n'


@pytest.mark.parametrize(
    ("added", "complaint"),
    [
        (HOST_PORT, "reached so wants [host_port]"),
        ('\n[supervisor]\nreached = "can"\n', "reached so wants [can]"),
        (HOST_PORT + '[host_port]\nport = "COM3"\n', "[host_port] port and [simulation] exclude"),
        ('\n[can]\nchannel = "can0"\n', "[can] channel and [simulation] exclude"),
    ],
)
def test_a_supervisor_has_to_be_reached_by_what_is_there(added: str, complaint: str):
    with pytest.raises(RigFileError, match=re.escape(complaint)):
        parse_rig_file(tomllib.loads(bench_with(more=added)), where="bench.toml")


@pytest.mark.parametrize(
    ("added", "complaint"),
    [
        ("[host_port]\n", "[host_port] port is needed"),
        ('[host_port]\nport = "COM3"\n[can]\n', "[can] channel is needed"),
    ],
)
def test_a_real_unit_is_at_a_port_that_the_file_names(added: str, complaint: str):
    real = 'name = "Unit"\ntopology = "panel"\n[chain]\nmodules = 4\n'
    with pytest.raises(RigFileError, match=re.escape(complaint)):
        parse_rig_file(tomllib.loads(real + added), where="bench.toml")


def test_a_chain_behind_a_unit_needs_no_port_of_its_own_and_may_have_none():
    real = 'name = "Unit"\ntopology = "panel"\n[chain]\nmodules = 4\n{}[host_port]\nport = "COM3"\n'
    rig_file = parse_rig_file(tomllib.loads(real.format("")), where="bench.toml")
    assert rig_file.resources() == ("COM3",)
    with pytest.raises(RigFileError, match="one has the chain"):
        parse_rig_file(tomllib.loads(real.format('port = "COM4"\n')), where="bench.toml")
