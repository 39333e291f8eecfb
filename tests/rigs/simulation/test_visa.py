from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
import pytest
import pyvisa
from pyvisa.constants import InterfaceType, StatusCode
from pyvisa.resources import MessageBasedResource

from rigs.simulation.instruments import Connections, ScpiInstrument, build
from rigs.simulation.kernel import Kernel
from rigs.simulation.visa import SimulatedVisaLibrary
from tests.rigs.simulation.waveforms import Steady

USB = "USB0::0x2A8D::0x1102::MY59000001::INSTR"
SOCKET = "TCPIP0::dmm-3.local::5025::SOCKET"
VXI11 = "TCPIP0::10.0.0.3::inst0::INSTR"
LATENCY_ns = 100_000


@dataclass
class Bench:
    """A voltmeter on three buses, the virtual time, and real pyvisa in front."""

    kernel: Kernel
    meter: ScpiInstrument
    manager: pyvisa.ResourceManager

    def open(self, name: str, timeout_ms: int = 5000) -> MessageBasedResource:
        """The resource, with terminations as a driver sets them."""
        resource = self.manager.open_resource(name, read_termination="\n", write_termination="\n")
        assert isinstance(resource, MessageBasedResource)
        resource.timeout = timeout_ms
        return resource


def make_bench(level_V: float = 4.2, latency_s: float = 100e-6) -> Bench:
    kernel = Kernel()
    meter = build(
        "keysight-34461a",
        serial_number="MY1",
        kernel=kernel,
        generator=np.random.default_rng(1),
        connections=Connections(voltage=Steady(level_V)),
        ideal=True,
    )
    library = SimulatedVisaLibrary.for_bench(
        kernel, {USB: meter, SOCKET: meter, VXI11: meter}, latency_s=latency_s
    )
    return Bench(kernel, meter, pyvisa.ResourceManager(library))


@pytest.fixture
def bench() -> Iterator[Bench]:
    with ExitStack() as stack:
        made = make_bench()
        stack.callback(made.manager.close)
        yield made


@pytest.mark.parametrize("name", [USB, SOCKET, VXI11])
def test_an_instrument_answers_through_real_pyvisa(bench: Bench, name: str) -> None:
    assert bench.open(name).query("*IDN?").startswith("Keysight Technologies,34461A,MY1,")


def test_resources_are_listed_by_their_canonical_names(bench: Bench) -> None:
    assert bench.manager.list_resources() == (
        "USB0::0x2A8D::0x1102::MY59000001::0::INSTR",
        "TCPIP0::10.0.0.3::inst0::INSTR",
    )
    assert SOCKET in bench.manager.list_resources("?*")
    assert bench.manager.list_resources("?*::SOCKET") == (SOCKET,)


@pytest.mark.parametrize("name", ["TCPIP0::10.0.0.9::5025::SOCKET", "GPIB0::5::INSTR"])
def test_an_unknown_resource_is_not_found(bench: Bench, name: str) -> None:
    with pytest.raises(pyvisa.errors.VisaIOError) as caught:
        bench.manager.open_resource(name)
    assert caught.value.error_code == StatusCode.error_resource_not_found


def test_what_is_no_resource_name_is_an_invalid_name(bench: Bench) -> None:
    with pytest.raises(pyvisa.errors.VisaIOError) as caught:
        bench.manager.open_bare_resource("nonsense")
    assert caught.value.error_code == StatusCode.error_invalid_resource_name


def test_a_query_takes_the_bus_both_ways_and_the_instruments_time(bench: Bench) -> None:
    resource = bench.open(USB)
    before_ns = bench.kernel.now_ns
    resource.query("*IDN?")
    assert bench.kernel.now_ns - before_ns == 2 * LATENCY_ns + bench.meter.processing_ns


def test_a_reading_takes_its_trigger_delay_its_aperture_and_the_autozero(bench: Bench) -> None:
    resource = bench.open(USB)
    resource.write("CONF:VOLT:DC 10")
    resource.query("*OPC?")
    before_ns = bench.kernel.now_ns
    assert float(resource.query("READ?")) == 4.2
    took_ns = bench.kernel.now_ns - before_ns
    assert took_ns == 2 * LATENCY_ns + bench.meter.processing_ns + 1_500_000 + 2 * 200_000_000


def test_a_dead_instrument_times_out_in_virtual_time(bench: Bench) -> None:
    bench.meter.silent = True
    resource = bench.open(USB, timeout_ms=700)
    resource.write("*IDN?")
    before_ns = bench.kernel.now_ns
    with pytest.raises(pyvisa.errors.VisaIOError) as caught:
        resource.read()
    assert caught.value.error_code == StatusCode.error_timeout
    assert bench.kernel.now_ns - before_ns == 700_000_000


def test_time_goes_on_for_everybody_while_an_answer_is_awaited(bench: Bench) -> None:
    seen: list[int] = []
    bench.kernel.at(300_000_000, seen.append)
    resource = bench.open(SOCKET, timeout_ms=1000)
    with pytest.raises(pyvisa.errors.VisaIOError):
        resource.read()
    assert seen == [300_000_000]


def test_a_stream_without_termination_character_ends_only_by_count_or_time_out(
    bench: Bench,
) -> None:
    resource = bench.open(SOCKET, timeout_ms=100)
    resource.read_termination = None
    resource.write("*OPC?")
    with pytest.raises(pyvisa.errors.VisaIOError) as caught:
        resource.read()
    assert caught.value.error_code == StatusCode.error_timeout
    resource.write("*OPC?")
    assert resource.read_bytes(2) == b"1\n"


def test_a_stream_hears_nothing_before_the_line_feed(bench: Bench) -> None:
    resource = bench.open(SOCKET, timeout_ms=100)
    resource.write_raw(b"*OP")
    resource.write_raw(b"C?")
    with pytest.raises(pyvisa.errors.VisaIOError):
        resource.read()
    resource.write_raw(b"\n")
    assert resource.read() == "1"


def test_a_framed_message_needs_no_line_feed(bench: Bench) -> None:
    resource = bench.open(USB)
    resource.write_raw(b"*OPC?")
    assert resource.read() == "1"


def test_a_long_answer_can_be_read_in_pieces(bench: Bench) -> None:
    resource = bench.open(USB)
    resource.chunk_size = 5
    assert resource.query("*IDN?").startswith("Keysight Technologies,34461A,MY1,")


def test_a_new_message_before_the_answer_was_read_interrupts_the_query(bench: Bench) -> None:
    resource = bench.open(USB)
    resource.write("*IDN?")
    bench.kernel.advance_to(bench.kernel.now_ns + 10_000_000)
    assert resource.query("SYST:ERR?") == '-410,"Query INTERRUPTED"'


def test_a_new_message_while_the_query_is_at_work_interrupts_it_too(bench: Bench) -> None:
    resource = bench.open(USB)
    resource.write("READ?")
    resource.write("*OPC?")
    assert resource.read() == "1"
    assert resource.query("SYST:ERR?") == '-410,"Query INTERRUPTED"'


def test_a_stream_keeps_answers_in_their_order(bench: Bench) -> None:
    resource = bench.open(SOCKET)
    resource.write("*OPC?")
    resource.write("*STB?")
    assert resource.read() == "1"
    assert resource.read() == "+0"
    assert resource.query("SYST:ERR?") == '+0,"No error"'


def test_reading_without_a_question_is_an_unterminated_query(bench: Bench) -> None:
    resource = bench.open(USB, timeout_ms=50)
    with pytest.raises(pyvisa.errors.VisaIOError):
        resource.read()
    assert resource.query("SYST:ERR?") == '-420,"Query UNTERMINATED"'


def test_a_serial_poll_answers_without_touching_the_queues(bench: Bench) -> None:
    resource = bench.open(USB)
    resource.write("NONSENSE")
    bench.kernel.advance_to(bench.kernel.now_ns + 10_000_000)
    assert resource.read_stb() == 4
    assert resource.read_stb() == 4


def test_a_stream_has_no_serial_poll(bench: Bench) -> None:
    with pytest.raises(pyvisa.errors.VisaIOError) as caught:
        bench.open(SOCKET).read_stb()
    assert caught.value.error_code == StatusCode.error_nonsupported_operation


def test_device_clear_ends_a_measurement_and_forgets_its_answer(bench: Bench) -> None:
    resource = bench.open(USB)
    resource.write("CONF:VOLT:DC 10")
    resource.write("SAMP:COUN 1000")
    resource.write("READ?")
    resource.clear()
    assert resource.query("*OPC?") == "1"
    assert resource.query("SYST:ERR?") == '+0,"No error"'


def test_closing_a_stream_loses_what_was_under_way_on_it(bench: Bench) -> None:
    resource = bench.open(SOCKET, timeout_ms=10)
    with pytest.raises(pyvisa.errors.VisaIOError):
        resource.query("READ?")
    resource.close()
    assert bench.open(SOCKET).query("*OPC?") == "1"


def test_a_resource_can_be_closed_and_opened_again(bench: Bench) -> None:
    resource = bench.open(USB)
    resource.close()
    with pytest.raises(pyvisa.errors.InvalidSession):
        resource.query("*IDN?")
    assert bench.open(USB).query("*OPC?") == "1"


def test_attributes_tell_what_the_resource_is(bench: Bench) -> None:
    resource = bench.open(SOCKET)
    assert resource.interface_type is InterfaceType.tcpip
    assert resource.interface_number == 0
    assert resource.resource_class == "SOCKET"
    assert resource.resource_name == SOCKET
    assert resource.timeout == 5000
    assert bench.manager.list_opened_resources() == [resource]


def test_other_attributes_are_not_supported(bench: Bench) -> None:
    with pytest.raises(pyvisa.errors.VisaIOError) as caught:
        bench.open(SOCKET).get_visa_attribute(pyvisa.constants.ResourceAttribute.tcpip_nodelay)
    assert caught.value.error_code == StatusCode.error_nonsupported_attribute


def test_a_wait_without_end_is_refused_because_nothing_would_end_it(bench: Bench) -> None:
    resource = bench.open(USB)
    with pytest.raises(pyvisa.errors.VisaIOError) as caught:
        resource.timeout = float("inf")
    assert caught.value.error_code == StatusCode.error_nonsupported_attribute_state


def test_two_benches_live_side_by_side_without_shared_state() -> None:
    with ExitStack() as stack:
        benches = [make_bench(3.0), make_bench(4.0)]
        for made in benches:
            stack.callback(made.manager.close)
        assert benches[0].manager is not benches[1].manager
        first, second = (made.open(USB) for made in benches)
        first.write("NONSENSE")
        assert float(first.query("READ?")) == 3.0
        assert benches[1].kernel.now_ns == 0
        assert float(second.query("READ?")) == 4.0
        assert second.query("SYST:ERR?") == '+0,"No error"'
        assert first.query("SYST:ERR?") == '-113,"Undefined header"'


def test_the_latency_of_the_bus_is_the_benchs_own() -> None:
    made = make_bench(latency_s=2e-3)
    resource = made.open(USB)
    resource.query("*IDN?")
    assert made.kernel.now_ns == 4_000_000 + made.meter.processing_ns
    made.manager.close()
