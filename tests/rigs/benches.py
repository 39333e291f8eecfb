"""Small simulated benches, and a look at them that goes past the drivers."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import Any

import pytest
from pyvisa import ResourceManager
from pyvisa.resources import MessageBasedResource

from quantities import Purpose
from rigs.protection import Maxima
from rigs.rig import Rig
from rigs.rig_file import parse_rig_file
from rigs.simulation.pack.bench import PackBench
from rigs.simulation.visa import SimulatedVisaLibrary

SUPPLY = "TCPIP0::supply::5025::SOCKET"
VOLTMETER = "TCPIP0::voltmeter::5025::SOCKET"
MAXIMA = Maxima(voltage_V=5.5, current_A=0.65)

BENCH = f"""
name = "Small bench"
topology = "panel"

[chain]
modules = 2

[supply]
model = "keysight-e36312a"
resource = "{SUPPLY}"
channel = 1

[voltmeter]
model = "keysight-34461a"
resource = "{VOLTMETER}"

[wiring]
supply_lead_ohm = 0.05

[simulation]
seed = 7
date = 2026-11-02T08:00:00Z
"""


def bench_with(*changes: tuple[str, str], more: str = "") -> str:
    """The small bench's rig file with texts replaced, each the first of its kind."""
    text = BENCH
    for old, new in changes:
        assert old in text, f"{old!r} is not there"
        text = text.replace(old, new, 1)
    return text + more


SHARED = bench_with(
    more=f"""
[ammeter]
model = "keysight-34461a"
resource = "{VOLTMETER}"
"""
)


def simulated(resource: str, line: str) -> str:
    """What the simulated bench has behind a resource instead."""
    return f'\n[simulation.instruments."{resource}"]\n{line}\n'


def opened(text: str = BENCH, maxima: Maxima = MAXIMA) -> Rig:
    return Rig(parse_rig_file(tomllib.loads(text), where="bench.toml"), maxima)


def asked(rig: Rig, resource: str, query: str) -> str:
    """What the instrument itself answers to a client of its own."""
    assert rig.bench is not None
    session = ResourceManager(rig.bench.visa_library).open_resource(resource)
    assert isinstance(session, MessageBasedResource)
    session.read_termination = session.write_termination = "\n"
    answer = session.query(query).strip()
    session.close()
    return answer


def modules_have_power(rig: Rig) -> bool:
    """Whether any module does, once whatever was switched has settled; of a pack, its terminals."""
    assert rig.bench is not None
    rig.clock.wait(1.0, Purpose.SETTLING)
    if isinstance(rig.bench, PackBench):
        return pack_is_connected(rig.bench)
    now_ns, panel = rig.clock.now(), rig.bench.panel
    powered = any(module.powered for module in panel.modules)
    assert powered or max(panel.terminal_V(i, now_ns) for i in range(len(panel.modules))) < 0.01
    return powered


def pack_is_connected(bench: PackBench) -> bool:
    """Whether anything feeds a pack or is fed by it, or could be."""
    outside = bench.circuit.segment.outside
    return outside.closed or outside.charging or outside.load_A > 0


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    """As an attribute of a class: it is given the instance."""

    def method(*arguments: Any) -> Any:
        return function(*arguments)

    return method


class Wire:
    """What goes over the simulated buses: every line sent, and which resources are open."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.broken: set[str] = set()
        """Resources whose cable has been pulled."""
        self._lines: list[tuple[str, str]] = []
        self._open: dict[tuple[int, int], str] = {}
        library = SimulatedVisaLibrary
        self._open_there, self._write_there = library.open, library.write
        self._close_there = library.close
        for name in ("open", "write", "close"):
            monkeypatch.setattr(library, name, _method(getattr(self, f"_on_{name}")))

    @property
    def still_open(self) -> list[str]:
        return sorted(self._open.values())

    def sent_to(self, resource: str) -> list[str]:
        return [line for to, line in self._lines if to == resource]

    def _on_open(
        self, library: SimulatedVisaLibrary, manager: Any, resource: str, *arguments: Any
    ) -> tuple[Any, Any]:
        session, status = self._open_there(library, manager, resource, *arguments)
        self._open[id(library), session] = resource
        return session, status

    def _on_write(
        self, library: SimulatedVisaLibrary, session: Any, data: bytes
    ) -> tuple[Any, Any]:
        resource = self._open[id(library), session]
        if resource in self.broken:
            raise ConnectionResetError("the cable is out")
        self._lines.append((resource, data.decode().strip()))
        return self._write_there(library, session, data)

    def _on_close(self, library: SimulatedVisaLibrary, session: Any) -> Any:
        self._open.pop((id(library), session), None)
        return self._close_there(library, session)
