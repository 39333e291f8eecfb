"""The host's end of the chain: when characters leave, and when they can be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.errors import PortError
from rigs.simulation.host import BATCH_CHARACTERS, HostPort, PortModel
from rigs.simulation.kernel import Kernel
from rigs.simulation.line import Run, duration_ns

BIT_ns = 1e9 / 9600
CHARACTER_ns = 1_041_667
MS = 1_000_000
SECOND = 1_000_000_000


class Host:
    """A port whose transmitter is listened to and whose receiver is spoken to."""

    def __init__(self, *, latency_ns: int = 0, timer_ns: int = 0) -> None:
        self.kernel = Kernel()
        self.port = HostPort(self.kernel, PortModel(latency_ns, timer_ns))
        self.sent: list[Run] = []
        self.port.send = self.sent.append

    def wait(self, nanoseconds: int) -> None:
        self.kernel.advance_to(self.kernel.now_ns + nanoseconds)

    def hear(self, characters: bytes, *, in_ns: int = 0, bit_ns: float = BIT_ns) -> int:
        """A module sends these; the time at which the last one ends."""
        start_ns = self.kernel.now_ns + in_ns
        end_ns = start_ns + duration_ns(len(characters), bit_ns)
        self.port.hear(Run(characters, start_ns, end_ns, bit_ns))
        return end_ns

    def arrivals(self, until_ns: int) -> list[tuple[int, bytes]]:
        """What can be read and when, looked at every 100 µs."""
        seen = []
        while self.kernel.now_ns < until_ns:
            self.wait(100_000)
            if batch := self.port.read(1000, 0):
                seen.append((self.kernel.now_ns, batch))
        return seen


# -- transmitting --------------------------------------------------------------------------------


def test_a_message_leaves_at_once_and_takes_ten_bits_a_character():
    host = Host()
    host.wait(5 * MS)
    host.port.write(b"A01U\r")
    assert host.sent == [Run(b"A01U\r", 5 * MS, 5 * MS + 5_208_333, BIT_ns, b"A01U")]
    assert host.port.transmitter_free_ns == 5 * MS + 5_208_333


def test_what_is_written_meanwhile_follows_without_a_gap():
    host = Host()
    host.port.write(b"A01U\rA0")
    host.wait(MS)
    host.port.write(b"2U\r")
    assert [(run.characters, run.start_ns) for run in host.sent] == [
        (b"A01U\r", 0),
        (b"A0", 5_208_333),
        (b"2U\r", 5_208_333 + 2_083_333),
    ]


def test_a_latency_delays_what_is_written_to_an_idle_port_once():
    host = Host(latency_ns=2 * MS)
    host.port.write(b"A")
    host.port.write(b"B")
    assert [run.start_ns for run in host.sent] == [2 * MS, 2 * MS + CHARACTER_ns]


def test_a_break_takes_its_turn():
    host = Host()
    host.port.write(b"A")
    host.port.send_break(250 * MS)
    host.port.write(b"B")
    assert [run.start_ns for run in host.sent] == [0, CHARACTER_ns, CHARACTER_ns + 250 * MS]
    assert host.sent[1].characters == b""


def test_another_baud_rate_holds_for_what_is_written_from_then_on():
    host = Host()
    host.port.write(b"A")
    host.port.set_baud_rate(4800)
    host.port.write(b"B")
    assert [run.end_ns - run.start_ns for run in host.sent] == [CHARACTER_ns, 2_083_333]
    assert host.port.baud_rate == 4800


# -- receiving -----------------------------------------------------------------------------------


def test_an_ideal_port_has_each_character_when_its_stop_bit_has_ended():
    host = Host()
    host.hear(b"abc")
    host.wait(CHARACTER_ns - 1)
    assert host.port.available() == 0
    host.wait(1)
    assert host.port.available() == 1
    host.wait(2 * CHARACTER_ns)
    assert host.port.read(10, 0) == b"abc"


def test_a_read_waits_for_the_last_character_it_wants_and_no_longer():
    host = Host()
    host.hear(b"abcdef", in_ns=MS)
    assert host.port.read(3, SECOND) == b"abc"
    assert host.kernel.now_ns == MS + 3_125_000
    assert host.port.read(3, None) == b"def"
    assert host.kernel.now_ns == MS + 6_250_000


def test_a_read_gives_what_there_is_when_its_time_is_out():
    host = Host()
    host.hear(b"ab")
    assert host.port.read(3, 10 * MS) == b"ab"
    assert host.kernel.now_ns == 10 * MS


def test_a_read_without_waiting_gives_what_there_is():
    host = Host()
    host.hear(b"ab")
    host.wait(CHARACTER_ns)
    assert host.port.read(3, 0) == b"a"
    assert host.port.read(3, 0) == b""
    assert host.kernel.now_ns == CHARACTER_ns


def test_a_read_of_nothing_takes_no_time():
    host = Host()
    assert host.port.read(0, None) == b""
    host.hear(b"ab")
    assert host.port.read(0, SECOND) == b""
    assert host.kernel.now_ns == 0


def test_a_read_learns_of_what_is_only_put_on_the_wire_while_it_waits():
    host = Host()
    host.kernel.at(3 * MS, lambda _time_ns: host.hear(b"a"))
    host.kernel.at(8 * MS, lambda _time_ns: host.hear(b"b"))
    assert host.port.read(2, SECOND) == b"ab"
    assert host.kernel.now_ns == 8 * MS + CHARACTER_ns


def test_waiting_for_ever_for_what_can_never_come_is_an_error():
    host = Host()
    host.hear(b"a")
    with pytest.raises(PortError, match="nothing will ever arrive"):
        host.port.read(2, None)


def test_what_is_discarded_is_what_could_be_read():
    host = Host()
    host.hear(b"abc")
    host.wait(2 * CHARACTER_ns)
    host.port.discard()
    assert host.port.read(3, 10 * MS) == b"c"


@pytest.mark.parametrize("baud", [9250, 9400, 9800, 10000])
def test_a_sender_within_the_window_is_heard_at_its_own_pace(baud: int):
    host = Host()
    end_ns = host.hear(b"A00@\r", bit_ns=1e9 / baud)
    assert host.port.read(5, SECOND) == b"A00@\r"
    assert host.kernel.now_ns == end_ns


def test_a_host_at_another_rate_hears_something_else():
    host = Host()
    host.port.set_baud_rate(19200)
    host.hear(b"A00@\r")
    assert host.port.read(5, SECOND) != b"A00@\r"


# -- a sender that loses power -------------------------------------------------------------------


def test_characters_that_had_not_begun_are_never_heard():
    host = Host()
    host.hear(b"abc", in_ns=MS)
    host.port.hear_no_more(MS + 10)
    assert host.port.read(3, SECOND) == b""


def test_a_character_broken_off_is_heard_with_ones_for_what_is_missing():
    host = Host()
    host.hear(b"\x00\x00\x00")
    # the start bit and data bits 0 to 2 of the second character are out
    host.port.hear_no_more(CHARACTER_ns + round(4.1 * BIT_ns))
    assert host.port.read(3, SECOND) == b"\x00" + bytes([0b11111000])


# -- batches -------------------------------------------------------------------------------------

TIMER_ns = 16 * MS


def test_characters_come_in_batches_at_the_ticks_of_the_latency_timer():
    host = Host(timer_ns=TIMER_ns)
    # ten characters end between 11.04 and 20.42 ms: five of them by 16 ms
    host.hear(b"0123456789", in_ns=10 * MS)
    assert host.arrivals(50 * MS) == [(16 * MS, b"01234"), (32 * MS, b"56789")]


def test_a_character_that_ends_at_a_tick_leaves_with_it():
    host = Host(timer_ns=TIMER_ns)
    host.hear(b"a", in_ns=TIMER_ns - CHARACTER_ns)
    host.wait(TIMER_ns)
    assert host.port.available() == 1


def test_a_full_batch_leaves_before_its_tick():
    host = Host(timer_ns=255 * MS)
    host.hear(bytes(range(100)))
    full_ns = duration_ns(BATCH_CHARACTERS, BIT_ns)
    host.wait(full_ns - 1)
    assert host.port.available() == 0
    host.wait(1)
    assert host.port.read(200, 0) == bytes(range(62))
    assert host.port.read(200, SECOND) == bytes(range(62, 100))
    assert host.kernel.now_ns == full_ns + SECOND
    host = Host(timer_ns=255 * MS)
    host.hear(bytes(range(100)))
    host.wait(255 * MS)
    assert host.port.available() == 100


@given(
    st.lists(st.tuples(st.binary(min_size=1, max_size=90), st.integers(0, 200 * MS)), max_size=6),
    st.sampled_from([0, MS, 16 * MS, 100 * MS, 255 * MS]),
)
def test_batches_lose_nothing_keep_the_order_and_are_never_later_than_their_timer(
    messages: list[tuple[bytes, int]], timer_ns: int
):
    host = Host(timer_ns=timer_ns)
    ended: list[int] = []
    start_ns = 0
    for characters, pause_ns in messages:
        start_ns += pause_ns
        host.hear(characters, in_ns=start_ns)
        ended += [start_ns + duration_ns(n + 1, BIT_ns) for n in range(len(characters))]
        start_ns += duration_ns(len(characters), BIT_ns)
    due = [heard.due_ns for heard in host.port._incoming]
    assert due == sorted(due)
    for ended_ns, due_ns in zip(ended, due, strict=True):
        assert ended_ns <= due_ns < ended_ns + max(1, timer_ns)
    assert host.port.read(1000, 10 * SECOND) == b"".join(message for message, _ in messages)
