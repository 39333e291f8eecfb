from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import can
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.can import Frames, load_dbc, open_bus
from quantities import Purpose
from quantities.errors import (
    BusError,
    LineNotProven,
    ProtocolError,
    RigFileError,
    SupervisorError,
    SupervisorSilent,
)
from rigs.rig_tables import PACK_DBC
from tests.drivers.chain.scripted import ScriptedClock

channels = count(1)
DATABASE = load_dbc(PACK_DBC)


class Bench:
    """A bus with a sender on it, and the frames that are taken in there."""

    def __init__(self) -> None:
        channel = f"test-can-{next(channels)}"
        self.clock = ScriptedClock()
        self.adapter_ahead_s = 500.0
        self.sender = can.Bus(interface="virtual", channel=channel, preserve_timestamps=True)
        self.bus = open_bus("virtual", channel, 500_000)
        self.frames = Frames(self.bus, self.clock, DATABASE)

    def send(self, name: str, **values: float) -> None:
        message = DATABASE.get_message_by_name(name)
        signals = {signal.name: 0.0 for signal in message.signals} | values
        if message.is_multiplexed():
            signals = values
        self.put(message.frame_id, message.encode(signals, scaling=True, strict=False))

    def put(self, identifier: int, data: bytes, **how: bool) -> None:
        stamp_s = self.clock.now() / 1e9 + self.adapter_ahead_s
        how = {"is_extended_id": False, **how}
        self.sender.send(
            can.Message(arbitration_id=identifier, data=data, timestamp=stamp_s, **how)
        )

    def pass_time(self, seconds: float) -> None:
        self.clock.wait(seconds, Purpose.IDLE)

    def close(self) -> None:
        self.frames.close()
        self.sender.shutdown()


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.close()


def test_a_frame_is_decoded_and_grows_old(bench: Bench):
    bench.send("limits", charge_limit_A=4.5, discharge_limit_A=10.0, contactor_closed=1.0)
    frame = bench.frames.latest("limits")
    assert frame is not None
    assert frame.values["charge_limit_A"] == 4.5
    assert frame.values["contactor_closed"] == 1.0
    bench.pass_time(2.5)
    assert bench.frames.age_s(frame.time_ns) == pytest.approx(2.5)


def test_a_frame_that_lay_in_the_adapter_is_as_old_as_its_stamp_says(bench: Bench):
    bench.send("limits")
    bench.frames.look()
    bench.send("limits", charge_limit_A=1.0)
    bench.pass_time(7.0)
    frame = bench.frames.latest("limits")
    assert frame is not None
    assert bench.frames.age_s(frame.time_ns) == pytest.approx(7.0)


def test_what_is_not_available_is_nan(bench: Bench):
    bench.send("pack", pack_voltage_V=1310.70, current_A=-655.36)
    known = bench.frames.known("pack")
    assert math.isnan(known["pack_voltage_V"].value)
    assert math.isnan(known["current_A"].value)
    assert known["state_of_charge_percent"].value == 0.0


def test_groups_of_a_message_are_known_together_each_with_its_time(bench: Bench):
    first = {f"cell_{n:03d}_V": 3.7 for n in range(1, 5)}
    second = {f"cell_{n:03d}_V": 3.8 for n in range(5, 9)}
    bench.send("cell_voltages", group=0, counter=1, **first)
    bench.frames.look()
    bench.pass_time(1.0)
    bench.send("cell_voltages", group=1, counter=1, **second)
    known = bench.frames.known("cell_voltages")
    assert known["cell_004_V"].value == 3.7
    assert known["cell_005_V"].value == pytest.approx(3.8)
    assert known["cell_005_V"].time_ns - known["cell_004_V"].time_ns == pytest.approx(1e9, abs=1e3)


def test_a_frame_is_awaited_in_the_benchs_time(bench: Bench):
    bench.send("limits", charge_limit_A=1.0)
    bench.frames.look()
    bench.pass_time(1.0)
    with pytest.raises(SupervisorSilent, match=r"limits.*within 0\.5 s"):
        bench.frames.await_frame("limits", 0.5)
    assert bench.clock.ledger()[Purpose.WIRE] == pytest.approx(0.5e9)


def test_a_bus_on_which_nothing_ever_came_may_not_be_connected(bench: Bench):
    with pytest.raises(LineNotProven, match="termination"):
        bench.frames.await_frame("limits", 0.5)


def test_strangers_are_counted_and_passed_over(bench: Bench):
    bench.put(0x7DF, b"\x01")
    bench.put(256, bytes(5), is_extended_id=True)
    assert bench.frames.latest("limits") is None
    assert bench.frames.statistics.unknown == 2


def test_a_frame_of_another_length_breaks_a_clause_until_a_good_one_comes(bench: Bench):
    bench.put(256, bytes(4))
    with pytest.raises(SupervisorError, match=r"4 bytes.*expected: 5"):
        bench.frames.latest("limits")
    assert bench.frames.statistics.misshapen == 1
    bench.send("limits")
    assert bench.frames.latest("limits") is not None


def test_off_the_bus_is_the_rigs_own_fault_and_values_grow_old(bench: Bench):
    bench.send("limits", charge_limit_A=3.0)
    bench.frames.look()
    bench.put(0x40, bytes(8), is_error_frame=True)
    with pytest.raises(BusError, match="off the bus"):
        bench.frames.latest("limits")
    assert bench.frames.known("limits")["charge_limit_A"].value == 3.0
    assert bench.frames.statistics.errors == 1
    bench.send("limits", charge_limit_A=2.0)
    frame = bench.frames.latest("limits")
    assert frame is not None
    assert frame.values["charge_limit_A"] == 2.0


def test_other_error_frames_are_counted_only(bench: Bench):
    bench.put(0x08, bytes(8), is_error_frame=True)
    assert bench.frames.latest("limits") is None
    assert not bench.frames.off


def test_remote_frames_say_nothing(bench: Bench):
    bench.put(256, b"", is_remote_frame=True)
    assert bench.frames.latest("limits") is None
    assert bench.frames.statistics.frames == 0


def test_an_adapter_that_has_gone_says_so(bench: Bench):
    bench.bus.shutdown()
    with pytest.raises(BusError, match="closed bus"):
        bench.frames.look()


def test_listening_keeps_up_with_the_bus(bench: Bench):
    bench.send("limits")
    bench.frames.listen(1.0)
    assert bench.frames.statistics.frames == 1
    assert bench.clock.ledger()[Purpose.IDLE] == pytest.approx(1e9)


def test_a_message_that_the_dbc_does_not_have_is_the_users_mistake(bench: Bench):
    with pytest.raises(RigFileError, match=r"no message 'limit'.*limits"):
        bench.frames.latest("limit")


def test_a_dbc_file_that_is_not_there_or_none_is_the_rig_files_fault(tmp_path: Path):
    with pytest.raises(RigFileError, match="cannot be read"):
        load_dbc(tmp_path / "absent.dbc")
    (tmp_path / "other.dbc").write_text("no DBC at all", encoding="utf-8")
    with pytest.raises(RigFileError, match="expected: a DBC file"):
        load_dbc(tmp_path / "other.dbc")


@pytest.mark.parametrize("interface", ["nobody-makes-this", "socketcan"])
def test_a_bus_that_cannot_be_had_is_the_rigs_fault(interface: str):
    with pytest.raises(BusError, match="plugged in"):
        open_bus(interface, "cellrig-absent0", 500_000)


identifiers = st.sampled_from([message.frame_id for message in DATABASE.messages]) | st.integers(
    0, 0x7FF
)


@given(identifiers, st.binary(max_size=8))
def test_any_frame_is_decoded_or_raises_a_protocol_error(identifier: int, data: bytes):
    frames = Frames(
        can.BusABC.__new__(can.interfaces.virtual.VirtualBus), ScriptedClock(), DATABASE
    )
    message = can.Message(arbitration_id=identifier, data=data, is_extended_id=False)
    try:
        name, values = frames.decode(message)
    except ProtocolError:
        return
    described = DATABASE.get_message_by_name(name)
    assert described.frame_id == identifier
    assert len(data) == described.length
    assert values
