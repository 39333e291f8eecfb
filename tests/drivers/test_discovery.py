from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import serial
from pyvisa import ResourceManager

from drivers import discovery
from drivers.discovery import (
    count_modules,
    identify,
    listed_ports,
    listed_resources,
    model_of,
    open_sockets,
)
from quantities.errors import InstrumentError, PortError, UsageError
from tests.rigs.benches import BENCH, SUPPLY, VOLTMETER, opened, simulated

KEYSIGHT = "Keysight Technologies,34461A,MY53000001,A.02.14-02.40-02.14-00.49-02-01"


@contextmanager
def listener(*answers: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """A socket on loopback that says these to whoever connects, and what it was sent."""
    heard: list[bytes] = []

    def serve() -> None:
        for answer in answers:
            connection, _ = server.accept()
            with connection:
                connection.settimeout(5)
                data = connection.recv(100)
                heard.append(data)
                if data:
                    connection.sendall(answer)
                    connection.recv(100)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1], heard
        thread.join(5)


def test_resources_are_listed_but_for_serial_ports(monkeypatch: pytest.MonkeyPatch):
    listed = {
        "?*::INSTR": ("USB0::1::2::3::INSTR", "ASRL/dev/ttyUSB0::INSTR"),
        "?*::SOCKET": ("PRLGX-ASRL::/dev/ttyUSB0::SOCKET",),
    }
    monkeypatch.setattr(ResourceManager, "list_resources", lambda _self, query: listed[query])
    assert listed_resources("@py") == ["USB0::1::2::3::INSTR"]


def test_a_library_that_is_none_is_an_instrument_error():
    with pytest.raises(InstrumentError, match="lists no resources"):
        listed_resources("/nowhere/libvisa.so")


def test_an_instrument_is_asked_who_it_is_and_nothing_else():
    rig = opened()
    assert rig.bench is not None
    library = rig.bench.visa_library
    assert model_of(identify(VOLTMETER, library)) == "keysight-34461a"
    assert model_of(identify(SUPPLY, library)) == "keysight-e36312a"
    rig.close()


def test_a_silent_instrument_is_told_within_its_time():
    rig = opened(BENCH + simulated(VOLTMETER, "silent = true"))
    assert rig.bench is not None
    before_ns = rig.clock.now()
    with pytest.raises(InstrumentError, match="no answer in time"):
        identify(VOLTMETER, rig.bench.visa_library)
    assert rig.clock.now() - before_ns < 2e9
    rig.close()


@pytest.mark.parametrize(
    ("answer", "model"),
    [
        (KEYSIGHT, "keysight-34461a"),
        ("Keysight Technologies,34999A,MY1,1", None),
        ("nobody makes one,charger,1,1", None),
        ("", None),
        ("\x1b[2J<script>", None),
    ],
)
def test_models_are_told_by_their_data_sheets(answer: str, model: str | None):
    assert model_of(answer) == model


def test_sockets_that_take_connections_are_found():
    with listener(b"", b"") as (port, heard):
        resources = list(open_sockets("127.0.0.1", [port, 1]))
        assert resources == [f"TCPIP0::127.0.0.1::{port}::SOCKET"]
        socket.create_connection(("127.0.0.1", port)).close()
    assert heard == [b"", b""]


def test_an_instrument_behind_a_socket_is_sent_one_line():
    with listener(KEYSIGHT.encode() + b"\n") as (port, heard):
        assert identify(f"TCPIP0::127.0.0.1::{port}::SOCKET", "@py") == KEYSIGHT
    assert heard == [b"*IDN?\n"]


@pytest.mark.parametrize("host", ["", "a b", "::1", "x::5025::SOCKET", "-a", "a\n", "x" * 300])
def test_what_is_no_address_is_a_usage_error(host: str):
    with pytest.raises(UsageError, match="is no address"):
        list(open_sockets(host))


def test_a_chain_is_counted_on_the_port_that_was_named():
    rig = opened()
    assert rig.bench is not None
    rig.supply.set_voltage(3.7)
    rig.supply.set_output(on=True)
    assert count_modules(rig.bench.port_url, rig.clock) == 2
    rig.supply.set_output(on=False)
    assert count_modules(rig.bench.port_url, rig.clock) is None
    rig.close()


def test_a_port_that_is_not_there_is_a_port_error():
    rig = opened()
    with pytest.raises(PortError):
        count_modules("/dev/nowhere", rig.clock)
    rig.close()


def test_listing_serial_ports_opens_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(serial, "serial_for_url", None)
    monkeypatch.setattr(serial, "Serial", None)
    assert all(port.device for port in listed_ports())


def test_the_ports_of_scpi_are_the_ones_that_makers_use():
    assert set(discovery.SCPI_PORTS) >= {5025, 5555}
