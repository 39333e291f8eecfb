"""A simulated chain as pyserial shows it."""

from __future__ import annotations

import gc

import pytest
import serial

from rigs.simulation import protocol_sim
from rigs.simulation.host import HostPort, PortModel
from rigs.simulation.kernel import Kernel
from tests.rigs.simulation.panels import MS, SECOND, Panel

CHARACTER_ns = 1_041_667


@pytest.fixture
def panel() -> Panel:
    return Panel(1)


def test_the_url_opens_a_port_that_speaks_to_the_modules(panel: Panel):
    with serial.serial_for_url(panel.bench.port_url, baudrate=9600, timeout=1) as port:
        port.write(b"A01U\r")
        assert port.read_until(b"\r") == b"\nA00U5308\r"
        assert port.name == panel.bench.port_url


@pytest.mark.parametrize("url", ["sim://nowhere", "sim://", "sim://bench-0"])
def test_a_name_that_no_bench_has_is_a_serial_exception(url: str):
    with pytest.raises(serial.SerialException, match="no simulated bench"):
        serial.serial_for_url(url)


def test_a_bench_that_is_gone_cannot_be_opened():
    url = protocol_sim.offer("short-lived", HostPort(Kernel(), PortModel()))
    gc.collect()
    with pytest.raises(serial.SerialException, match="no simulated bench 'short-lived'"):
        serial.serial_for_url(url)


def test_a_port_may_be_made_first_and_opened_later(panel: Panel):
    port = serial.serial_for_url(panel.bench.port_url, do_not_open=True)
    assert not port.is_open
    port.open()
    assert port.is_open
    with pytest.raises(serial.SerialException, match="open already"):
        port.open()


def test_a_closed_port_refuses_every_use(panel: Panel):
    panel.port.close()
    assert not panel.port.is_open
    for use in (
        lambda: panel.port.read(1),
        lambda: panel.port.read_until(b"\r"),
        lambda: panel.port.write(b"A"),
        lambda: panel.port.in_waiting,
        lambda: panel.port.out_waiting,
        panel.port.flush,
        panel.port.reset_input_buffer,
        lambda: panel.port.send_break(0.1),
    ):
        with pytest.raises(serial.PortNotOpenError):
            use()
    panel.port.close()


def test_opening_forgets_what_came_before(panel: Panel):
    panel.port.write(b"A01U\r")
    panel.wait(SECOND)
    late = serial.serial_for_url(panel.bench.port_url, timeout=0.1)
    assert late.read(10) == b""


# -- reading -------------------------------------------------------------------------------------


def test_a_read_with_a_time_out_ends_with_the_characters_or_with_the_time(panel: Panel):
    panel.port.timeout = 0.5
    start_ns = panel.now_ns
    panel.port.write(b"A01U\r")
    assert panel.port.read(10) == b"\nA00U5308\r"
    assert panel.now_ns == start_ns + 5_208_333 + 1_500_000 + 10_416_667
    start_ns = panel.now_ns
    assert panel.port.read(1) == b""
    assert panel.now_ns == start_ns + 500 * MS


def test_a_read_without_a_time_out_waits_as_long_as_it_takes(panel: Panel):
    panel.port.timeout = None
    panel.kernel.at(panel.now_ns + 100 * SECOND, lambda _time_ns: panel.port.write(b"A01U\r"))
    assert panel.port.read(10) == b"\nA00U5308\r"


def test_a_loop_that_reads_without_waiting_comes_to_an_end(panel: Panel):
    panel.port.timeout = 0
    panel.port.write(b"A01U\r")
    received, looks = b"", 0
    while not received.endswith(b"\r"):
        received += panel.port.read(100)
        looks += 1
    assert received == b"\nA00U5308\r"
    assert looks <= 17_200_000 // 10_000


def test_a_loop_that_only_looks_comes_to_an_end(panel: Panel):
    panel.port.write(b"A01U\r")
    looks = 0
    while panel.port.in_waiting < 10:
        looks += 1
    # 17.125 ms in looks of 10 µs
    assert looks == 1712
    assert panel.port.read(10) == b"\nA00U5308\r"


def test_a_line_is_read_until_its_end_a_size_or_the_time_out(panel: Panel):
    panel.port.timeout = 0.2
    panel.port.write(b"A01U\r")
    assert panel.port.read_until(b"U") == b"\nA00U"
    assert panel.port.read_until(b"\r", 3) == b"530"
    start_ns = panel.now_ns
    assert panel.port.read_until(b"x") == b"8\r"
    # one time-out for the whole line, not one for each of its characters
    assert panel.now_ns == start_ns + 200 * MS
    panel.port.timeout = None
    panel.port.write(b"A01V\r")
    assert panel.port.read_until(b"\r") == b"\nA00V4A0\r"


def test_the_input_buffer_can_be_forgotten(panel: Panel):
    panel.port.timeout = 0.1
    panel.port.write(b"A01U\r")
    panel.wait(SECOND)
    panel.port.reset_input_buffer()
    assert panel.port.read(10) == b""


# -- writing -------------------------------------------------------------------------------------


def test_flushing_waits_until_the_last_stop_bit_has_left(panel: Panel):
    start_ns = panel.now_ns
    assert panel.port.write(b"A01U\r") == 5
    assert panel.now_ns == start_ns
    panel.port.flush()
    assert panel.now_ns == start_ns + 5_208_333
    panel.port.flush()
    assert panel.now_ns == start_ns + 5_208_333


def test_what_has_not_left_can_be_asked_for_and_goes_down(panel: Panel):
    panel.port.write(b"A01U\r")
    assert panel.port.out_waiting == 5
    panel.wait(2 * CHARACTER_ns)
    assert panel.port.out_waiting == 3
    while panel.port.out_waiting:
        pass
    assert panel.now_ns >= panel.bench.host.transmitter_free_ns
    panel.port.reset_output_buffer()


@pytest.mark.parametrize("data", [b"A01U\r", bytearray(b"A01U\r"), memoryview(b"A01U\r")])
def test_whatever_is_bytes_can_be_written(panel: Panel, data: bytes):
    assert panel.port.write(data) == 5
    assert panel.port.read(10) == b"\nA00U5308\r"


def test_a_text_cannot_be_written(panel: Panel):
    with pytest.raises(TypeError):
        panel.port.write("A01U\r")  # type: ignore[arg-type]


def test_a_timed_break_lasts_as_long_as_it_should_and_is_harmless(panel: Panel):
    start_ns = panel.now_ns
    panel.port.send_break(0.3)
    assert panel.now_ns == start_ns + 300 * MS
    assert panel.ask(b"A01U\r", 10) == b"\nA00U5308\r"


def test_a_break_without_a_time_is_refused(panel: Panel):
    with pytest.raises(serial.SerialException, match="timed breaks only"):
        panel.port.break_condition = True


def test_a_change_of_the_baud_rate_reaches_the_modules(panel: Panel):
    panel.port.timeout = 1
    panel.port.baudrate = 10000
    assert panel.ask(b"A01U\r", 10) == b"\nA00U5308\r"
    panel.port.baudrate = 4800
    assert panel.ask(b"A01U\r", 10) != b"\nA00U5308\r"
    panel.port.baudrate = 9600
    panel.wait(3 * SECOND)
    panel.port.reset_input_buffer()
    assert panel.ask(b"A01U\r", 10) == b"\nA00U5308\r"


@pytest.mark.parametrize(
    "other", [{"parity": "E"}, {"bytesize": 7}, {"stopbits": serial.STOPBITS_TWO}]
)
def test_only_eight_bits_no_parity_one_stop_bit_are_known(panel: Panel, other: dict[str, object]):
    with pytest.raises(ValueError, match="8 data bits"):
        serial.serial_for_url(panel.bench.port_url, **other)


# -- several benches -----------------------------------------------------------------------------


def test_two_benches_in_one_process_do_not_touch_each_other():
    first, second = Panel(2), Panel(3, volts=3.6)
    assert first.bench.port_url != second.bench.port_url
    before_ns = second.now_ns
    assert first.ask(b"A00@\r", 6) == b"\nAFE@\r"
    assert first.ask(b"A01V123\r", 9) == b"\nAFFV123\r"
    assert second.now_ns == before_ns
    assert second.ask(b"A00@\r", 6) == b"\nAFD@\r"
    assert second.ask(b"A01V\r", 9) == b"\nAFEV4A0\r"


def test_the_latency_of_the_port_delays_what_is_written_and_what_is_read():
    panel = Panel(1, port={"write_latency_s": 0.002, "latency_timer_s": 0.016})
    panel.wait_until(320 * MS)
    assert panel.ask(b"A01U\r", 10) == b"\nA00U5308\r"
    # all of it has come 19.125 ms later, and leaves with the second tick
    assert panel.now_ns == 352 * MS
