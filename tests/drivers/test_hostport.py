from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.chain.messages import GENERAL_ENQUIRY, Addressed, Bleeding, Setting, SettingMessage
from drivers.chain.timing import ChainTiming
from drivers.hostmessages import ForCells, FromCells
from drivers.hostport import HostPort, UnitTiming
from quantities import Purpose
from quantities.errors import (
    CellrigError,
    LineNotProven,
    PortError,
    SupervisorError,
    SupervisorSilent,
)
from tests.drivers.chain.scripted import ScriptedClock
from tests.drivers.scriptedunit import ScriptedUnit

TIMING = UnitTiming(chain=ChainTiming(processing_s=0.002, watchdog_longest_s=3.2))


class Bench:
    def __init__(self, modules: int = 4, *, retries: int = 1) -> None:
        self.clock = ScriptedClock()
        self.unit = ScriptedUnit(self.clock, modules)
        self.host = HostPort(self.unit, self.clock, TIMING, modules, retries=retries)

    @property
    def sent(self) -> list[bytes]:
        return [characters for _, characters in self.unit.sent]

    def stopped(self) -> Bench:
        self.host.stop_polling()
        self.unit.sent.clear()
        return self


def test_it_hears_a_unit_poll_and_when():
    bench = Bench()
    heard = bench.host.listen(1.0)
    assert [each.heard for each in heard] == [ForCells(GENERAL_ENQUIRY)] * 2
    assert heard[1].time_ns - heard[0].time_ns == pytest.approx(0.4e9)


def test_polling_is_stopped_and_goes_on():
    bench = Bench()
    bench.host.stop_polling()
    assert bench.host.listen(5.0) == []
    bench.host.resume_polling()
    assert bench.host.listen(1.0)
    assert bench.sent == [b"<\r", b">\r"]


def test_a_stop_that_met_an_answer_on_the_line_is_repeated():
    bench = Bench()
    bench.unit.deaf_to = {b"<"}
    bench.host.stop_polling()
    assert bench.sent == [b"<\r"] * 2


def test_a_unit_that_goes_on_polling_breaks_a_clause():
    bench = Bench()
    bench.unit.obeys_stop = False
    with pytest.raises(SupervisorError, match=r"still sends S0F␍ to the cells.*CTL-2"):
        bench.host.stop_polling()


def test_a_unit_that_does_not_poll_again_breaks_a_clause():
    bench = Bench(retries=0)
    bench.host.listen(1.0)
    bench.host.stop_polling()
    bench.unit.deaf_to = {b">"}
    with pytest.raises(SupervisorSilent, match="polling within its period"):
        bench.host.resume_polling()


def test_a_message_goes_behind_a_c_and_its_answer_is_found_among_what_is_for_the_cells():
    bench = Bench().stopped()
    sample = bench.host.read_voltage(3)
    assert (sample.code, sample.status, sample.latches_lost) == (0x53C, 8, False)
    assert bench.sent == [b"CA03U\r"]


def test_the_cells_are_counted_and_their_general_status_polled():
    bench = Bench(16).stopped()
    assert bench.host.count() == 16
    status = bench.host.general_status()
    assert (status.any_module, status.every_module) == (8, 8)


def test_settings_are_enquired_and_written():
    bench = Bench().stopped()
    stored = SettingMessage(0xFE, Setting.BLEEDING, 0x4A0)
    assert bench.host.ask(Addressed(2, "V")) == (stored, False)
    written = SettingMessage(0xFE, Setting.BLEEDING, 0x4B0)
    assert bench.host.ask(SettingMessage(2, Setting.BLEEDING, 0x4B0)) == (written, False)
    assert bench.host.ask(Bleeding(enabled=False)) == (Bleeding(enabled=False), False)


def test_module_256_is_asked_as_00():
    bench = Bench(256).stopped()
    assert bench.host.read_voltage(256).code == 0x53C
    assert bench.sent == [b"CA00U\r"]


def test_what_is_lost_is_asked_for_again_after_a_watchdog_period_and_said_to_be():
    bench = Bench().stopped()
    bench.unit.deaf_to = {b"CA03U"}
    assert bench.host.read_voltage(3).latches_lost
    (first_ns, _), (second_ns, _) = bench.unit.sent
    assert second_ns - first_ns >= 3.2e9
    assert bench.clock.ledger()[Purpose.WATCHDOG] >= 3.2e9


def test_an_answer_of_another_cell_is_not_taken_for_the_one_asked():
    bench = Bench(retries=0).stopped()
    bench.unit.cells[2].keeps_addresses = True
    with pytest.raises(SupervisorSilent, match="H ahead"):
        bench.host.read_voltage(2)


def test_an_answer_without_its_mark_is_none():
    bench = Bench(retries=0).stopped()
    bench.unit.mark = b""
    with pytest.raises(SupervisorSilent, match="no cell ever answered"):
        bench.host.general_status()


def test_a_status_that_contradicts_itself_is_not_believed():
    bench = Bench(1).stopped()
    bench.unit.reply = lambda _: (b"\nS04\r", 10_000_000)  # type: ignore[method-assign]
    with pytest.raises(SupervisorError, match=r"S04␍ came back.*CHN-2"):
        bench.host.general_status()


def test_a_unit_that_never_was_heard_may_not_be_connected():
    clock = ScriptedClock()
    unit = ScriptedUnit(clock, 4)
    unit.obeys_stop = True
    unit.write(b"<\r")
    unit.reply = lambda _: (b"", 0)  # type: ignore[method-assign]
    unit.deaf_to = {b"CS0F", b">"}
    host = HostPort(unit, clock, TIMING, 4, retries=0)
    with pytest.raises(LineNotProven, match="not a character"):
        host.general_status()
    with pytest.raises(LineNotProven, match="not a character"):
        host.resume_polling()


def test_a_port_that_has_gone_says_so():
    bench = Bench()
    bench.unit.dead = True
    with pytest.raises(PortError, match="disconnected"):
        bench.host.listen(1.0)


def test_everything_is_on_the_transcript():
    bench = Bench().stopped()
    mark = len(bench.host.transcript)
    bench.host.read_voltage(4)
    text = bench.host.transcript.render(mark)
    assert "> CA04U␍" in text
    assert "H␊A00U53C8␍" in text


@settings(max_examples=200)
@given(st.binary(max_size=60), st.sampled_from(["status", "voltage", "count", "stop", "listen"]))
def test_garbage_raises_documented_errors_only(noise: bytes, asked: str):
    bench = Bench(retries=0).stopped()
    bench.unit.noise = noise
    bench.unit.arrive(bench.clock.time_ns + 500_000, noise)
    try:
        match asked:
            case "status":
                bench.host.general_status()
            case "voltage":
                bench.host.read_voltage(2)
            case "count":
                bench.host.count()
            case "stop":
                bench.host.stop_polling()
            case _:
                bench.host.listen(1.0)
    except CellrigError as error:
        assert isinstance(error, SupervisorError)  # noqa: PT017 - which error is the point


@given(st.sampled_from([b"A03U\r", b"S0F\r", b"e\r", b"xyz\r", b"\r", b"HAF0@\r"]))
def test_other_traffic_ahead_of_an_answer_is_passed_over(other: bytes):
    bench = Bench().stopped()
    bench.unit.noise = other
    assert bench.host.ask(GENERAL_ENQUIRY)[1] is False
    answered = [each.heard for each in bench.host.listen(0.1)]
    assert not [each for each in answered if isinstance(each, FromCells)]
